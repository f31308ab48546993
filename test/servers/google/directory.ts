/** A customer's directory, with the state that Google keeps of it. */
import type { Clock } from "../../../src/contract/endpoint.ts";
import { domainRoutes } from "./domains.ts";
import { groupRoutes } from "./groups.ts";
import type { Route } from "./said.ts";
import { userRoutes } from "./users.ts";

export interface FakeUser {
  readonly id: string;
  primaryEmail: string;
  name: { givenName: string; familyName: string; displayName?: string };
  suspended: boolean;
  orgUnitPath: string;
  recoveryEmail: string;
  recoveryPhone?: string;
  aliases: string[];
  password: string;
  hashFunction: string | undefined;
  changePasswordAtNextLogin: boolean;
  /** When it shows to others than its maker. */
  readonly shows: number;
}

export interface FakeMember {
  readonly id: string;
  readonly email: string;
  role: string;
  delivery: string;
}

export interface FakeGroup {
  readonly id: string;
  email: string;
  name: string;
  description: string;
  aliases: string[];
  readonly members: FakeMember[];
  readonly settings: Record<string, string>;
  readonly shows: number;
}

export interface Directory {
  readonly users: Set<FakeUser>;
  readonly groups: Set<FakeGroup>;
  readonly orgUnits: Set<string>;
  /** Name to whether it was verified. */
  readonly domains: Map<string, boolean>;
  /** Name to the domain that it is an alias of. */
  readonly domainAliases: Map<string, string>;
  /** Milliseconds after which what was made shows. */
  lag: number;
  readonly clock: Pick<Clock, "now">;
  /** A number that was never given before. */
  id(): string;
  /** Whoever has an address, whether he shows or not. */
  user(address: string): FakeUser | undefined;
  group(address: string): FakeGroup | undefined;
}

const same = (address: string) => {
  const wanted = address.toLowerCase();
  return (own: string, aliases: readonly string[], id: string) =>
    own.toLowerCase() === wanted || aliases.includes(wanted) || id === address;
};

export function createDirectory(clock: Pick<Clock, "now">): Directory {
  let count = 0;
  const users = new Set<FakeUser>();
  const groups = new Set<FakeGroup>();
  return {
    users,
    groups,
    orgUnits: new Set(["/"]),
    domains: new Map(),
    domainAliases: new Map(),
    lag: 0,
    clock,
    id: () => `10${String((count += 1)).padStart(19, "0")}`,
    user: (address) => [...users].find((one) => same(address)(one.primaryEmail, one.aliases, one.id)),
    group: (address) => [...groups].find((one) => same(address)(one.email, one.aliases, one.id)),
  };
}

export const isShown = (directory: Directory, { shows }: { readonly shows: number }): boolean =>
  directory.clock.now() >= shows;

export const directoryRoutes = (directory: Directory): readonly Route[] => [
  ...userRoutes(directory),
  ...groupRoutes(directory),
  ...domainRoutes(directory),
];

/** A page of what is listed; the token is where the next one begins. */
export function pageOf<T>(
  all: readonly T[],
  url: URL,
  most: number,
): { readonly some: readonly T[]; readonly next: object } {
  const from = Number(url.searchParams.get("pageToken") ?? 0);
  const size = Math.min(Number(url.searchParams.get("maxResults") ?? 100), most);
  const next = from + size < all.length ? { nextPageToken: String(from + size) } : {};
  return { some: all.slice(from, from + size), next };
}

const words = (value: unknown): string => (typeof value === "string" ? value : "");

/** Why no account or group can have this address; undefined where one can. */
export function addressFault(directory: Directory, address: unknown): "invalid" | "duplicate" | "noDomain" | undefined {
  const text = words(address).toLowerCase();
  // Google's local parts: https://support.google.com/a/answer/9193374
  if (!/^[a-z0-9._'-]{1,64}@[a-z0-9.-]+$/.test(text)) return "invalid";
  if (directory.domains.get(text.slice(text.indexOf("@") + 1)) !== true) return "noDomain";
  return directory.user(text) === undefined && directory.group(text) === undefined ? undefined : "duplicate";
}
