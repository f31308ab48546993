import { hash } from "node:crypto";
import type { Flavour } from "../flavour.ts";

/** Characters of a name of Windows before 2000, at most (MS-ADTS 3.1.1.6.1.1 and 2.2.1.1: those that it may not have). */
const most = 20;
// oxlint-disable-next-line no-control-regex
const forbidden = /["/\\[\]:;|=,+*?<>@\u0000-\u001f\u007f]/g;

/** sAMAccountName, which no two in a domain share: the part before the @, or its beginning with what tells it from its like. */
export const accountName: NonNullable<Flavour["second"]> = {
  attribute: "sAMAccountName",
  candidates(name) {
    const local = name.slice(0, name.lastIndexOf("@")).replaceAll(forbidden, "_");
    const digits = hash("sha256", name).slice(0, 7);
    const plain = trimmed(local);
    const told = `${trimmed(
      Array.from(local)
        .slice(0, most - digits.length - 1)
        .join(""),
    )}-${digits}`;
    return Array.from(local).length <= most && plain !== "" ? [plain, told] : [told];
  },
};

/** It ends with no dot or blank. */
const trimmed = (text: string): string => text.trim().replace(/[. ]+$/, "");
