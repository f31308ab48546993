/** The floors of src/, as data and as a checker of file → text. Paths are relative to src/, with `/`. */
import { posix } from "node:path";

/** Room → floor. A room imports from lower floors and from itself. */
const floors: Readonly<Record<string, number>> = {
  model: 0,
  kind: 1,
  contract: 2,
  manifest: 3,
  content: 3,
  endpoint: 3,
  state: 3,
  report: 3,
  plan: 4,
  apply: 4,
  check: 4,
  verify: 4,
  import: 4,
  cli: 5,
};

const systems = ["memory", "csv", "archive", "imap", "ldap", "microsoft365", "google", "carbonio", "dav", "sieve"];

/** Rooms that any system's room may use: wires and formats that several of them share. They use no system's. */
const shared = new Set(["endpoint/directory", "endpoint/http", "endpoint/spool", "endpoint/tls"]);

/** Files that compute and do nothing else: a file, or a folder with everything in it. */
const pure = ["model", "kind", "plan/diff", "plan/order", "plan/guard", "content/compare", "manifest/edit"];

/** What reaches outside the process; `node:crypto`, `node:path`, `node:util` and their like compute only. */
const outside =
  /^node:(child_process|cluster|dgram|dns|fs|http|http2|https|inspector|net|readline|repl|sqlite|tls|tty|worker_threads)(\/|$)/;

/** Vendor package → the only folders that may know it. A package that is not here is known to no room yet. */
const vendors: Readonly<Record<string, readonly string[]>> = {
  "@microsoft/microsoft-graph-client": ["endpoint/microsoft365"],
  ajv: ["manifest"],
  "ajv-formats": ["manifest"],
  "better-sqlite3": ["state"],
  chalk: ["report", "cli"],
  commander: ["cli"],
  "csv-parse": ["endpoint/csv", "endpoint/imap"],
  "csv-stringify": ["endpoint/csv"],
  diff: ["report"],
  googleapis: ["endpoint/google"],
  imapflow: ["endpoint/imap"],
  "js-yaml": ["manifest"],
  ldapts: ["endpoint/ldap"],
  pino: ["cli"],
  "postal-mime": ["endpoint/microsoft365"],
  yaml: ["manifest"],
};

const forbidden = new Set(["utils", "util", "helpers", "helper", "common", "core"]);

type Files = ReadonlyMap<string, string>;
interface Import {
  readonly from: string;
  readonly name: string;
  readonly lazy: boolean;
  /** The file imported, relative to src/; undefined for a package. */
  readonly to: string | undefined;
}

/** Every breach of the house's rules, a sentence each that begins with the file; empty when it stands. */
export function breaches(files: Files): string[] {
  const imports = [...files].flatMap(([file, text]) => importsOf(file, text));
  return [
    ...imports.flatMap((each) => [...arrow(each), ...reach(each), ...vendor(each), ...missing(each, files)]),
    ...[...files].flatMap(([file, text]) => [...place(file), ...printing(file, text), ...asking(file, text)]),
    ...circles(files, imports),
  ];
}

/** Static and type imports, `export … from`, bare imports, and `import("…")` both as a call and as a type. */
function importsOf(file: string, text: string): Import[] {
  const code = withoutComments(text);
  const fixed = /(?:^|[;}\n])\s*(?:import|export)\b(?:[^;"'`()=]*?\bfrom)?\s*["']([^"']+)["']/g;
  const called = /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g;
  const found = (pattern: RegExp, lazy: boolean) =>
    [...code.matchAll(pattern)].map((hit) => {
      const name = hit[1] ?? "";
      const to = name.startsWith(".") ? posix.normalize(posix.join(posix.dirname(file), name)) : undefined;
      return { from: file, name, lazy, to };
    });
  return [...found(fixed, false), ...found(called, true)];
}

/** Comments become blanks; strings, where `//` may stand in an address, stay as they are. */
function withoutComments(text: string): string {
  const part = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[^]*?\*\/|\/\/[^\n]*/g;
  return text.replace(part, (hit) => (hit.startsWith("/") ? " " : hit));
}

/** `cli/main.ts` → cli, `endpoint/csv/read.ts` → endpoint/csv, `endpoint/index.ts` → endpoint. */
function roomOf(file: string): string {
  const [room = "", next = "", ...rest] = file.split("/");
  return room === "endpoint" && rest.length > 0 ? `${room}/${next}` : room;
}

const floorOf = (file: string): number | undefined => floors[file.split("/")[0] ?? ""];

function arrow({ from, to, lazy }: Import): string[] {
  if (to === undefined) return [];
  if (to.startsWith("../")) return [`${from}: imports ${to}, outside src/`];
  if (roomOf(from) === roomOf(to)) return [];
  if (from === "endpoint/index.ts" && lazy && roomOf(to).startsWith("endpoint/")) return [];
  if (shared.has(roomOf(to)) && roomOf(from).startsWith("endpoint/") && !shared.has(roomOf(from))) return [];
  const [mine, its] = [floorOf(from), floorOf(to)];
  if (mine !== undefined && its !== undefined && its < mine) return [];
  return [`${from}: ${roomOf(from)} (floor ${mine}) imports ${to} (floor ${its}): only lower floors are open to it`];
}

function missing({ from, to }: Import, files: Files): string[] {
  return to === undefined || to.startsWith("../") || files.has(to) ? [] : [`${from}: imports ${to}, which is no file`];
}

function reach({ from, name }: Import): string[] {
  return outside.test(name) && within(from, pure) ? [`${from}: imports ${name}, and may do no I/O`] : [];
}

function vendor({ from, name, to }: Import): string[] {
  if (to !== undefined || name.startsWith("node:")) return [];
  const folders = vendors[packageOf(name)];
  if (folders === undefined) return [`${from}: imports ${name}, which no room may know`];
  return within(from, folders) ? [] : [`${from}: imports ${name}, known to ${folders.join(", ")} alone`];
}

const packageOf = (name: string): string => name.split("/", name.startsWith("@") ? 2 : 1).join("/");

const within = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file === `${place}.ts` || file.startsWith(`${place}/`));

function place(file: string): string[] {
  const folders = file.split("/").slice(0, -1);
  const bad = folders
    .filter((folder) => forbidden.has(folder))
    .map((folder) => `${file}: no folder is called ${folder}`);
  return floorOf(file) === undefined ? [...bad, `${file}: stands in no room`] : bad;
}

function printing(file: string, text: string): string[] {
  const print = /\bconsole\s*\.\s*\w+|\bprocess\s*\.\s*std(?:out|err)\b/.exec(withoutComments(text));
  return print && roomOf(file) !== "cli" ? [`${file}: ${print[0]}: only cli prints`] : [];
}

/** `type === "imap"` and `case "imap":` belong to that system's own folder. */
function asking(file: string, text: string): string[] {
  const system = `["'\`](${systems.join("|")})["'\`]`;
  const question = new RegExp(`[!=]==?\\s*${system}|${system}\\s*[!=]==?|\\bcase\\s+${system}\\s*:`, "g");
  return [...withoutComments(text).matchAll(question)]
    .filter((hit) => roomOf(file) !== `endpoint/${hit[1] ?? hit[2] ?? hit[3]}`)
    .map((hit) => `${file}: ${hit[0].trim()}: asks which endpoint it is; a capability is a key that is present`);
}

/** Each circle once, told from the file at which the walk met it. Type imports count. */
function circles(files: Files, imports: readonly Import[]): string[] {
  const next = Map.groupBy(imports, (each) => each.from);
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] => {
    const met = path.indexOf(file);
    if (met >= 0) return [`${file}: a circle: ${[...path.slice(met), file].join(" → ")}`];
    if (done.has(file)) return [];
    done.add(file);
    const goals = new Set((next.get(file) ?? []).flatMap(({ to }) => (to !== undefined && files.has(to) ? [to] : [])));
    return [...goals].flatMap((to) => walk(to, [...path, file]));
  };
  return [...files.keys()].flatMap((file) => walk(file, []));
}
