import { normalMailAddress } from "../kind/normal.ts";
import { type Address, addressOf, isAddress, kindOf, kinds, nameOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";

/** What is counted against the limits: a resource's kind, with messages for mailboxes; members that leave lists; accounts that are disabled. */
export type Counted = (typeof counted)[number] | "disable";
const counted = [...kinds, "member"] as const;

/** What the command line permits beyond the limits. */
export interface Allow {
  /** At most so many, by what is counted. */
  readonly deletes: ReadonlyMap<Counted, number>;
  /** Resources whose deletion is named one by one. */
  readonly approved: readonly Address[];
  /** Accounts that may be disabled, named one by one. */
  readonly disabled: readonly Address[];
}

export const allowNothing: Allow = { deletes: new Map(), approved: [], disabled: [] };

/**
 * Reads `--allow-delete`: `alias=3`, `member=12`, or an address such as `account/ana@example.com`; and `--allow-disable`: a number, or
 * an account's address. Throws `option.invalid`.
 */
export function parseAllow(texts: readonly string[], disables: readonly string[] = []): Allow {
  const deletes = new Map<Counted, number>();
  const approved: Address[] = [];
  for (const text of texts) {
    const count = /^([a-z]+)=(\d{1,9})$/.exec(text);
    const what = counted.find((each) => each === count?.[1]);
    if (what !== undefined) deletes.set(what, Number(count?.[2]));
    else if (isAddress(text)) approved.push(normal(text));
    else throw unclear(text);
  }
  const disabled: Address[] = [];
  for (const text of disables) {
    if (/^\d{1,9}$/.test(text)) deletes.set("disable", Number(text));
    else if (isAddress(text) && kindOf(text) === "account") disabled.push(normal(text));
    else throw unclearDisable(text);
  }
  return { deletes, approved, disabled };
}

const normal = (address: Address): Address => {
  const name = nameOf(address);
  return addressOf(kindOf(address), normalMailAddress(name) ?? name.toLowerCase());
};

const unclearDisable = (text: string): Fault =>
  new Fault({
    code: "option.invalid",
    message: `--allow-disable does not know what "${text}" is`,
    spoils: "run",
    remedy: "write a number, such as 12, or an account's address, such as account/ana@example.com",
  });

const unclear = (text: string): Fault =>
  new Fault({
    code: "option.invalid",
    message: `--allow-delete does not know what "${text}" is`,
    spoils: "run",
    remedy: `write a number, such as alias=3 (${counted.join(", ")}), or an address, such as account/ana@example.com`,
  });
