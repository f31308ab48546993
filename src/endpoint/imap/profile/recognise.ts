import type { Fact, Observed, Profile, ServerWords } from "./profile.ts";
import { profileNamed, profiles } from "./table.ts";

export interface Recognition {
  readonly profile: Profile;
  /** A clause for a sentence: `its host is imap.gmail.com`. */
  readonly why: string;
}

type Seen = Pick<Observed, "host" | "greeting" | "id" | "capabilities"> & {
  /** The manifest's word; it stands, but for another service that is sold under the same name. */
  readonly provider?: string;
  /** The mail exchangers of the mailboxes' domain. After an MX switch they tell where mail goes, no longer where it was. */
  readonly mx?: readonly string[];
};

/** By the manifest's word, else by the host, else by what the server says of itself; the MX only tells apart what is sold under one name. */
export function recogniseProfile(seen: Seen): Recognition | undefined {
  const found = byName(seen) ?? byHost(seen) ?? byWords(seen);
  return found === undefined ? undefined : (soldAs(found.profile, seen.mx ?? []) ?? found);
}

function byName({ provider }: Seen): Recognition | undefined {
  const profile = provider === undefined ? undefined : profileNamed(provider);
  return profile === undefined ? undefined : { profile, why: "the manifest names it" };
}

function byHost({ host }: Seen): Recognition | undefined {
  const profile = Object.values(profiles).find(({ hosts }) => isAmong(host, hosts));
  return profile === undefined ? undefined : { profile, why: `its host is ${host}` };
}

function byWords(seen: Seen): Recognition | undefined {
  const all = Object.values(profiles);
  const inOrder = [...all.filter(({ kind }) => kind === "service"), ...all.filter(({ kind }) => kind === "software")];
  for (const profile of inOrder) {
    for (const { value } of profile.server) {
      const why = fits(value, seen);
      if (why !== undefined) return { profile, why };
    }
  }
  return undefined;
}

/** Why all of these words are the server's; undefined where one is not. */
function fits({ greeting, id, capabilities }: ServerWords, seen: Seen): string | undefined {
  const reasons: string[] = [];
  for (const [field, pattern] of Object.entries(id ?? {})) {
    const value = seen.id[field];
    if (value === undefined || !pattern.test(value)) return undefined;
    reasons.push(`its ID says ${field} ${value}`);
  }
  if (greeting !== undefined) {
    if (!greeting.test(seen.greeting)) return undefined;
    reasons.push("its greeting says so");
  }
  const offered = new Set(seen.capabilities.map((each) => each.toUpperCase()));
  if (capabilities?.every((each) => offered.has(each)) === false) return undefined;
  if (capabilities !== undefined) reasons.push(`it offers ${capabilities.join(" and ")}`);
  return reasons.length === 0 ? undefined : reasons.join(", ");
}

/** The service that the domain has in truth, where one name stands for several; undefined where it is the one itself. */
function soldAs({ mx: own, alsoSells = [], title }: Profile, mx: readonly string[]): Recognition | undefined {
  if (mx.some((host) => isAmong(host, own))) return undefined;
  const others = alsoSells.flatMap(({ value }) => profileNamed(value) ?? []);
  for (const profile of others) {
    const host = mx.find((each) => isAmong(each, profile.mx));
    if (host !== undefined) return { profile, why: `${title} sells it too, and the domain's MX is ${host}` };
  }
  return undefined;
}

function isAmong(host: string, patterns: readonly Fact<string>[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return patterns.some(({ value }) => expressionOf(value).test(name));
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`);
}
