import { normalMailAddress } from "../kind/normal.ts";
import { type Address, addressOf, isAddress, kindOf, kinds, nameOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";

/** What is counted against the limits: a resource's kind, with messages for mailboxes; and members that leave lists. */
export type Counted = (typeof counted)[number];
const counted = [...kinds, "member"] as const;

/** What the command line permits beyond the limits. */
export interface Allow {
  /** At most so many, by what is counted. */
  readonly deletes: ReadonlyMap<Counted, number>;
  /** Resources whose deletion is named one by one. */
  readonly approved: readonly Address[];
}

export const allowNothing: Allow = { deletes: new Map(), approved: [] };

/** Reads `--allow-delete`: `alias=3`, `member=12`, or an address such as `account/ana@example.com`. Throws `option.invalid`. */
export function parseAllow(texts: readonly string[]): Allow {
  const deletes = new Map<Counted, number>();
  const approved: Address[] = [];
  for (const text of texts) {
    const count = /^([a-z]+)=(\d{1,9})$/.exec(text);
    const what = counted.find((each) => each === count?.[1]);
    if (what !== undefined) deletes.set(what, Number(count?.[2]));
    else if (isAddress(text)) approved.push(normal(text));
    else throw unclear(text);
  }
  return { deletes, approved };
}

const normal = (address: Address): Address => {
  const name = nameOf(address);
  return addressOf(kindOf(address), normalMailAddress(name) ?? name.toLowerCase());
};

const unclear = (text: string): Fault =>
  new Fault({
    code: "option.invalid",
    message: `--allow-delete does not know what "${text}" is`,
    spoils: "run",
    remedy: `write a number, such as alias=3 (${counted.join(", ")}), or an address, such as account/ana@example.com`,
  });
