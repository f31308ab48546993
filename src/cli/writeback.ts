import { readFileSync } from "node:fs";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { loadManifests } from "../manifest/load.ts";
import { writeBack } from "../manifest/writeback.ts";
import type { Drift } from "../model/drift.ts";
import { escapeLine } from "../report/escape.ts";
import { patchText } from "../report/patch.ts";
import type { ManifestFlags } from "./flags.ts";
import type { Session } from "./session.ts";

/** Writes what the destination shows into the manifests, once they are known to be valid so; all files or, where they are not, none. */
export async function updateManifests(
  { manifests, terminal }: Session,
  drift: Drift,
  flags: ManifestFlags,
): Promise<void> {
  const resources = new Map(manifests.resources.map((resource) => [resource.address, resource]));
  const names = new Set(manifests.resources.flatMap(({ kind, name }) => (kind === "domain" ? [] : [name])));
  const known = drift.resources.flatMap((each) => {
    const resource = resources.get(each.address);
    return resource === undefined || resource.kind === "mailbox" ? [] : [{ drift: each, resource }];
  });
  const read = new Map<string, string>();
  const textOf = (file: string): string => {
    const text = read.get(file) ?? readFileSync(file, "utf8");
    read.set(file, text);
    return text;
  };
  const { texts, byHand } = writeBack(known, names, textOf);
  const rows = drift.resources.filter(({ address }) => !resources.has(address));
  const left = [...byHand, ...rows.map(({ address }) => ({ address, why: "rows declare it" }))];
  const environment = flags.environment === undefined ? {} : { environment: flags.environment };
  if (texts.size > 0) await loadManifests(flags.file ?? ["manifests"], { ...environment, texts });
  for (const [file, text] of texts) {
    await replace(file, text);
    terminal.out(patchText({ path: file, before: textOf(file), after: text }, { color: terminal.colour.out }));
  }
  for (const { address, why } of left) terminal.err(`Left to you: ${escapeLine(address)}: ${escapeLine(why)}\n`);
}

/** Whole or not at all, with the rights that it had. */
async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    await writeFile(draft, text, { flag: "wx", mode: (await stat(file)).mode });
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}
