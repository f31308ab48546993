import type { Naming } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { mailboxName } from "./names.ts";
import { encodeName } from "./wire/name.ts";

/** List wildcards and controls, which no name should hold (RFC 3501, 5.1). */
const never = `%*${String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code), 127)}`;
const doubtful = [".", "/", "\\", "~", "#", "^", '"', "&", "|", ":"];

/** Octets of UTF-8 that a part may have, so that its modified UTF-7 still is a file's name (255 octets). */
const maxPart = 190;

/** Servers whose names have no case, by what they say of themselves. */
const caseless = /exchange|gimap|zimbra|carbonio|domino/i;

/** Asks about names that are not there: a server that tells a bad name from an unknown one says which characters it refuses. */
export async function learnNaming(line: Line, prefix: string): Promise<Naming> {
  const { separator } = line.namespaces.personal;
  const { utf8 } = line.abilities;
  const asked = doubtful
    .filter((character) => character !== separator)
    .map(async (character) => {
      const name = encodeName(`${prefix}${character}reconcile${character}probe`, utf8);
      const { name: status, code, text } = await line.wire.run(["STATUS ", mailboxName(name, utf8), " (MESSAGES)"]);
      const refused = code?.name === "CANNOT" || /invalid|character|illegal|not allowed|must not/i.test(text);
      return status !== "OK" && code?.name !== "NONEXISTENT" && refused ? character : "";
    });
  const illegal = `${separator}${never}${(await Promise.all(asked)).join("")}`;
  const server = `${line.greeting} ${line.id["name"] ?? ""}`;
  return { illegal, foldsCase: caseless.test(server), maxPart };
}
