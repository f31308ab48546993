/** A process of its own that writes to an archive until it is done or killed: `node archive-child.ts PATH FORMAT DIALECT LABEL COUNT SIZE`. */
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { open } from "../../src/endpoint/archive/index.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import type { ArchiveEndpointSpec } from "../../src/model/spec.ts";
import { contextOf, user } from "./archive.ts";

const [path = "", format, dialect, label = "", count = "1", size = "1000"] = process.argv.slice(2);
const spec = { type: "archive", path, format, ...(dialect && { dialect }) } as ArchiveEndpointSpec;
const options = { signal: new AbortController().signal };
const endpoint = await open("archive", spec, contextOf(systemClock, []));
const store = await endpoint.items.message?.({ user }, { ...options, use: "destination" });
const place = await store?.place.create({ path: ["INBOX"] }, options);

function bodyOf(key: string): Buffer {
  const head = `Subject: ${key}\n\n`;
  return Buffer.from(`${head}${"From here to there, and on\n".repeat(Math.ceil(Number(size) / 27))}`);
}

const items = Array.from({ length: Number(count) }, (_, at) => {
  const body = bodyOf(`${label}-${at}`);
  return {
    key: `${at}`,
    place: place?.id ?? "",
    date: 0,
    marks: ["\\Seen"],
    size: body.length,
    body: Readable.from([body]),
  };
});
// Whoever is to kill it need not look before.
process.send?.("begins");
try {
  const given = (await store?.write(items, options)) ?? [];
  process.stdout.write(`${given.map((each) => ("fault" in each ? each.fault.code : "written")).join(" ")}\n`);
} catch (thrown) {
  process.stdout.write(`${thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown)}\n`);
}
