import { normalMailAddress } from "../../../../kind/normal.ts";
import type { Entry } from "../../entry.ts";
import { any, equal, present } from "../../filter.ts";
import type { Values } from "../../form.ts";
import type { AddressForm, AliasForm } from "../flavour.ts";
import { parseProxies, printProxies } from "./proxies.ts";

const proxies = "proxyAddresses";
const mail = "mail";
const login = "userPrincipalName";

/**
 * An address is the primary one of proxyAddresses, as Exchange has it, else mail. Both are written, for the servers that look at one of
 * them alone.
 */
export const recipient: AddressForm = {
  attributes: [proxies, mail],
  read: (entry) => parseProxies(entry.texts(proxies)).primary ?? entry.text(mail),
  // Case does not count there, so that SMTP: is found too.
  filter: (name) =>
    name === undefined
      ? any([present(mail), present(proxies)])
      : any([equal(mail, name), equal(proxies, `smtp:${name}`)]),
  print(address, there) {
    const values = there?.texts(proxies) ?? [];
    const { others } = parseProxies(values);
    return { [mail]: [address], [proxies]: printProxies(values, { primary: address, others }) };
  },
};

/** Of a person, who logs in by the address too where that was so before. */
export const person: AddressForm = {
  ...recipient,
  attributes: [...recipient.attributes, login],
  print: (address, there) => ({ ...recipient.print(address, there), ...loginOf(address, there) }),
};

function loginOf(address: string, there: Entry | undefined): Values {
  if (there === undefined) return { [login]: [address] };
  const before = recipient.read(there);
  const was = normalMailAddress(there.text(login) ?? "");
  return was !== undefined && was === normalMailAddress(before ?? "") ? { [login]: [address] } : {};
}

/** A further address, in the same attribute as the first. */
export const further: AliasForm = {
  attribute: proxies,
  read(value) {
    const { primary, others } = parseProxies([value]);
    return primary ?? others[0];
  },
  print: (address) => `smtp:${address}`,
};
