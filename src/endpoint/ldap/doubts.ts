import type { Finding } from "../../model/finding.ts";
import type { Directory } from "./directory.ts";

type Code = "address.invalid" | "address.twice" | "forwarding.unknown" | "member.unknown" | "search.unknown";

const words: Readonly<Record<Code, { readonly message: (count: number) => string; readonly remedy: string }>> = {
  "address.invalid": {
    message: (count) =>
      `${count} ${count === 1 ? "entry has" : "entries have"} no address that can be used, and are left out`,
    remedy:
      "correct the addresses, name the attribute that has them (`attributes.address`), or write `domain` for short ones",
  },
  "address.twice": {
    message: (count) =>
      `${count} ${count === 1 ? "entry has" : "entries have"} an address that another has, and are left out`,
    remedy: "let each address stand in one entry",
  },
  "forwarding.unknown": {
    message: (count) =>
      `${count} ${count === 1 ? "account forwards" : "accounts forward"} to an entry that is not there or has no address; no forwarding is shown for them`,
    remedy: "correct the forwarding, or give that entry an address",
  },
  "member.unknown": {
    message: (count) =>
      `${count} ${count === 1 ? "member of a list is" : "members of lists are"} no entry that is there and has an address; nobody is shown for them`,
    remedy: "take them out of their groups, or give their entries addresses",
  },
  "search.unknown": {
    message: (count) =>
      `${count} ${count === 1 ? "group takes its" : "groups take their"} members from a search on another server, or of a form that is none; it is not followed`,
    remedy: "name that server as an endpoint of its own, or correct the group",
  },
};

/** What a reading passed over, told once at its end. */
export interface Tally {
  note(code: Code, dn: string, value?: string): undefined;
  tell(): void;
}

/** So many are named. */
const shown = 5;

export function createTally({ session: { server }, emit }: Pick<Directory, "session" | "emit">): Tally {
  const found = new Map<Code, string[]>();
  return {
    note(code, dn, value) {
      const all = found.get(code) ?? [];
      all.push(value === undefined ? dn : `${dn} (${JSON.stringify(value.slice(0, 100))})`);
      found.set(code, all);
      return undefined;
    },
    tell() {
      for (const [code, all] of found) emit({ type: "finding", finding: findingOf(server.about, code, all) });
    },
  };
}

function findingOf(about: string, code: Code, all: readonly string[]): Finding {
  const { message, remedy } = words[code];
  const named = `${all.slice(0, shown).join("; ")}${all.length > shown ? " …" : ""}`;
  return {
    code,
    severity: "warning",
    about,
    message: `${message(all.length)}: ${named}`,
    remedy,
    detail: { entries: [...all] },
  };
}
