import { normalMailAddress } from "../../../../kind/normal.ts";

/**
 * Values of proxyAddresses: `SMTP:` is the address that mail is sent from, `smtp:` are further ones, and everything else (X500:, sip:,
 * EUM:, and mail addresses that we could not write back) belongs to others and stays as it is.
 */
interface Proxies {
  readonly primary: string | undefined;
  readonly others: readonly string[];
  /** As they are written. */
  readonly foreign: readonly string[];
}

export function parseProxies(values: readonly string[]): Proxies {
  let primary: string | undefined;
  const others: string[] = [];
  const foreign: string[] = [];
  for (const value of values) {
    const [, scheme, written = ""] = /^(smtp):(.*)$/is.exec(value) ?? [];
    const address = scheme === undefined ? undefined : normalMailAddress(written);
    if (address === undefined) foreign.push(value);
    else if (scheme === "SMTP" && primary === undefined) primary = address;
    else others.push(address);
  }
  return { primary, others: others.filter((each) => each !== primary), foreign };
}

/** The values with another primary address and other further ones; what is unchanged keeps its spelling. */
export function printProxies(
  values: readonly string[],
  { primary, others }: { readonly primary: string | undefined; readonly others: readonly string[] },
): readonly string[] {
  const spelt = new Map<string, string>();
  for (const value of values) {
    const written = /^smtp:(.*)$/is.exec(value)?.[1];
    const address = written === undefined ? undefined : normalMailAddress(written);
    if (written !== undefined && address !== undefined) spelt.set(address, written);
  }
  const spell = (address: string): string => spelt.get(address) ?? address;
  return [
    ...(primary === undefined ? [] : [`SMTP:${spell(primary)}`]),
    ...others.filter((each) => each !== primary).map((each) => `smtp:${spell(each)}`),
    ...parseProxies(values).foreign,
  ];
}
