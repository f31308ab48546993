/** Which files begin first: what takes long, so that nothing long is alone at the end, where the other cores have no more to do. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first, as measured; Vitest itself knows durations only where it ran before. */
export const longest: readonly string[] = [
  "endpoint/active-directory-contract",
  "journey/active-directory-people",
  "journey/active-directory",
  "faults/steps",
  "endpoint/archive-kill",
  "journey/imap-faults",
  "journey/servers-imap",
  "journey/roundtrip-imap",
  "endpoint/ldap-contract",
  "endpoint/imap-cyrus",
];

const nameOf = ({ moduleId }: TestSpecification): string =>
  relative(import.meta.dirname, moduleId).replace(/\.test\.ts$/, "");

/** A smaller number begins earlier; units are short, and fill the end. */
function rank(file: TestSpecification): number {
  const at = longest.indexOf(nameOf(file));
  if (at !== -1) return at;
  return file.project.name === "unit" ? longest.length + 1 : longest.length;
}

/** Files of one rank stay as Vitest has them: by duration, else by size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is Vitest's, and gives a new one.
    const known = await super.sort(files);
    return known.toSorted((a, b) => rank(a) - rank(b));
  }
}
