/**
 * src/ → dist/: a few files that hold the packages too. Of a start most was finding, reading and compiling seven hundred files.
 * What is imported lazily stays a file of its own. CommonJS, for its loader costs less than that of ES modules.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { minify } from "rolldown/utils";
import { writtenOut } from "./accepts.ts";

const root = join(import.meta.dirname, "..");
const target = join(root, "dist");

/** Native, or reached by `later`: these stay where npm put them. */
const external = ["better-sqlite3"];

/** Package → what it imports at its top and uses only off our ways: loaded at the first use. Names are those imported beside the default. */
const seldom: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  commander: { "node:child_process": [] },
  imapflow: {
    "@zone-eu/mailsplit": ["Headers"],
    "@zone-eu/mailsplit/lib/flowed-decoder.js": [],
    "encoding-japanese": [],
    "iconv-lite": [],
    libbase64: [],
    libmime: [],
    libqp: [],
    "node:zlib": [],
    pino: [],
    socks: ["SocksClient"],
  },
};

const packageOf = (file: string): string | undefined => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1];

/** What stands for a module until it is used: a function, so that it may be called, constructed and asked for its parts. */
const later: Plugin = {
  name: "later",
  resolveId(id, importer) {
    const owner = importer === undefined ? undefined : packageOf(importer);
    return owner !== undefined && seldom[owner]?.[id] !== undefined ? `\0${owner} ${id}` : undefined;
  },
  load(id) {
    const [owner = "", name = ""] = id.startsWith("\0") ? id.slice(1).split(" ") : [];
    const names = seldom[owner]?.[name];
    if (names === undefined) return undefined;
    const parts = names.map((each) => `export const ${each} = later(() => load()[${JSON.stringify(each)}]);`);
    return `const load = () => {
  const { createRequire } = process.getBuiltinModule("node:module");
  return createRequire(createRequire(import.meta.url).resolve("${owner}"))("${name}");
};
const later = (whole) => new Proxy(function () {}, {
  get: (_, key) => whole()[key],
  apply: (_, self, args) => Reflect.apply(whole(), self, args),
  construct: (_, args) => Reflect.construct(whole(), args),
});
export default later(load);
${parts.join("\n")}`;
  },
};

/** The schemas' check as ajv writes it out, in place of compiling it at each start. */
const accepts: Plugin = {
  name: "accepts",
  async load(id) {
    if (id !== join(root, "src/manifest/accepts.ts")) return undefined;
    const { code, errors } = await minify("accepts.cjs", writtenOut());
    if (errors.length > 0) throw new Error("ajv's code cannot be read", { cause: errors });
    return { code, moduleType: "js" };
  },
};

/** A file of its own, or the part of the README that is headed so. */
async function licenceIn(folder: string): Promise<string | undefined> {
  const files = await readdir(folder);
  const own = files.find((each) => /^licen[cs]e/iu.test(each));
  if (own !== undefined) return readFile(join(folder, own), "utf8");
  const readme = files.find((each) => /^readme/iu.test(each));
  const text = readme === undefined ? "" : await readFile(join(folder, readme), "utf8");
  return /^(?:#+ *licen[cs]e\b.*|licen[cs]e *\r?\n-{3,} *)\r?\n([^]+)/imu.exec(text)?.[1];
}

/** Licences ask to be told with the code that they are for. */
async function licences(files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//u.exec(file)?.[0] ?? []));
  const texts = [...folders].toSorted().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<
      string,
      string
    >;
    const text = await licenceIn(folder);
    if (text === undefined) throw new Error(`${name} has no licence beside it`);
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

await rm(target, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: join(root, "src/cli/main.ts") },
  platform: "node",
  external,
  plugins: [later, accepts],
  checks: { ineffectiveDynamicImport: false },
});
const { output } = await bundle.write({
  dir: join(target, "cli"),
  format: "cjs",
  comments: { legal: true, annotation: false, jsdoc: false },
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs",
});
await bundle.close();
const sources = output.flatMap((each) => (each.type === "chunk" ? each.moduleIds : []));
await writeFile(join(target, "LICENSES.txt"), await licences(sources));
