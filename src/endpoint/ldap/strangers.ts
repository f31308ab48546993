import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Directory } from "./directory.ts";
import { keyOfDn } from "./dn.ts";
import type { Entry } from "./entry.ts";
import { accountsLayout } from "./layout.ts";
import { addressOf } from "./observe.ts";
import type { Known } from "./register.ts";

/** So many are looked up at one time, and at most. */
const window = 16;
const most = 5000;

/** What is no address's entry below the bases may have one elsewhere: a contact, or a person of another part of the tree. */
export async function resolveStrangers(
  { session, flavour, spec, schema }: Directory,
  dns: readonly string[],
  options: Options,
): Promise<ReadonlyMap<string, Known>> {
  const { address } = accountsLayout(flavour, spec.accounts?.attributes, await schema(options));
  const left = [...new Map(dns.map((dn) => [keyOfDn(dn), dn])).entries()].filter(([key]) => key !== "").slice(0, most);
  const found = new Map<string, Known>();
  const look = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [key, dn] = next;
      const attributes = [flavour.id.attribute, "objectClass", ...address.attributes];
      const [known] = await session
        .search(
          { base: dn, scope: "base", attributes, what: "Looking up a member" },
          (entry): Known | undefined => {
            const name = addressOf(address.read(entry), spec.domain);
            return name === undefined
              ? undefined
              : { dn: entry.dn, name, id: flavour.id.read(entry), isList: isOf(entry, flavour.lists.classes) };
          },
          options,
        )
        .catch(absent);
      if (known !== undefined) found.set(key, known);
    }
  };
  await session.during(() => Promise.all(Array.from({ length: window }, look)), options);
  return found;
}

export const isOf = (entry: Entry, classes: readonly string[]): boolean => {
  const is = new Set(entry.texts("objectClass").map((each) => each.toLowerCase()));
  return classes.every((each) => is.has(each.toLowerCase()));
};

/** A name that leads nowhere, that may not be seen, or that is none: nobody's. */
const nowhere = new Set(["entry.missing", "entry.denied", "dn.invalid", "directory.referral"]);

function absent(thrown: unknown): readonly Known[] {
  if (thrown instanceof Fault && nowhere.has(thrown.code)) return [];
  throw thrown;
}
