import { Resolver } from "node:dns/promises";

/** The host names of a domain's mail exchangers; may fail in any way. */
export type ResolveMx = (domain: string) => Promise<readonly string[]>;

/** Milliseconds for one domain, with one try: a check never waits for a name server that is not there. */
const patience = 2000;
/** Domains that are asked about: one is enough to tell products apart, and nobody has many. */
const most = 10;

const systemResolve: ResolveMx = async (domain) => {
  const resolver = new Resolver({ timeout: patience, tries: 1 });
  return (await resolver.resolveMx(domain)).map(({ exchange }) => exchange);
};

/** The mail exchangers of these domains together; what cannot be looked up has none. */
export async function exchangersOf(
  domains: readonly string[],
  resolve: ResolveMx = systemResolve,
): Promise<readonly string[]> {
  const asked = [...new Set(domains)].slice(0, most).map((domain) => resolve(domain).catch(() => []));
  return [...new Set((await Promise.all(asked)).flat())].toSorted();
}
