import { kindTable } from "../kind/table.ts";
import { type Address, addressOf, isAddress, kindOf, nameOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";

/** An address as a person wrote it, in normal form. Throws `address.unknown` for what is none. */
export function readAddress(text: string): Address {
  if (!isAddress(text)) {
    throw unknownAddress(text, "an address is kind/name, such as account/ana@example.com", "It is no address");
  }
  const kind = kindOf(text);
  return addressOf(kind, kindTable[kind].name(nameOf(text)) ?? nameOf(text));
}

export function unknownAddress(about: string, remedy: string, message: string): Fault {
  return new Fault({ code: "address.unknown", message, about, spoils: "run", remedy });
}
