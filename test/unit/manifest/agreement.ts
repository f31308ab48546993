import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { parseAllDocuments } from "yaml";
import { writtenOut } from "../../../scripts/accepts.ts";
import { accepts as compiled } from "../../../src/manifest/accepts.ts";

type Accepts = (document: unknown) => boolean;

const built: { accepts?: Accepts } = {};
compileFunction(writtenOut(), ["exports", "require"])(built, createRequire(import.meta.url));

/** What the schemas say of a document; throws where the check that is compiled and the one that is built differ. */
export function verdict(document: unknown): boolean {
  const [here, there] = [compiled(document), built.accepts?.(document)];
  if (here === there) return here;
  throw new Error(`compiled ${here}, built ${there}: ${JSON.stringify(document)}`);
}

/** The documents of a YAML file as plain data; none where it is no YAML. */
export function documentsIn(text: string): readonly unknown[] {
  try {
    return parseAllDocuments(text, { merge: true, logLevel: "silent" }).map((document) => document.toJS() as unknown);
  } catch {
    return [];
  }
}
