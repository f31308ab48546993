import type { Finding } from "../../../model/finding.ts";
import type { Role } from "../../../model/item.ts";
import type { Json } from "../../../model/json.ts";
import type { Fact, Observed, Profile, Tls } from "./profile.ts";

/** Where the server's own words are others than the profile's, one finding each. The server's are taken: these are for a reader. */
export function differences(profile: Profile, observed: Observed): readonly Finding[] {
  return [
    ...connection(profile, observed),
    ...namespace(profile, observed),
    ...folders(profile, observed),
    ...capabilities(profile, observed),
    ...appendLimit(profile, observed),
  ];
}

const spoken: Readonly<Record<Tls, string>> = { implicit: "TLS", starttls: "STARTTLS", none: "no TLS" };

function connection(profile: Profile, observed: Observed): Finding[] {
  const { port, tls } = profile.connection.value;
  if (observed.port === port && observed.tls === tls) return [];
  const said = `Port ${observed.port} with ${spoken[observed.tls]} is used, where ${profile.title} is known for ${port} with ${spoken[tls]}`;
  return [finding("connection", observed, said, profile.connection, { port: observed.port, tls: observed.tls })];
}

function namespace({ namespace: known, title }: Profile, observed: Observed): Finding[] {
  if (known === undefined) return [];
  const { prefix, separator } = known.value;
  const found: Finding[] = [];
  if (observed.separator !== undefined && observed.separator !== separator) {
    const said = `Folder levels are parted by "${observed.separator}", where ${title} is known for "${separator}"`;
    found.push(finding("separator", observed, said, known, observed.separator));
  }
  if (observed.prefix !== undefined && observed.prefix !== prefix) {
    const said = `The personal folders' prefix is "${observed.prefix}", where ${title} is known for "${prefix}"`;
    found.push(finding("prefix", observed, said, known, observed.prefix));
  }
  return found;
}

/** Only where the server marks a folder; where it marks none, the profile's names are the ones that are looked for. */
function folders(profile: Profile, observed: Observed): Finding[] {
  return (Object.entries(profile.folders) as [Role, readonly Fact<string>[]][]).flatMap(([role, names]) => {
    const path = observed.special[role];
    const [first] = names;
    if (path === undefined || first === undefined || names.some(({ value }) => value === path)) return [];
    const known = names.map(({ value }) => `"${value}"`).join(" or ");
    const said = `The folder for ${role} is "${path}", where ${profile.title} is known for ${known}`;
    return [finding("folder", observed, said, { ...first, value: names.map(({ value }) => value) }, path)];
  });
}

function capabilities({ capabilities: known, title }: Profile, observed: Observed): Finding[] {
  if (known === undefined) return [];
  const offered = new Set(observed.capabilities.map((each) => each.toUpperCase()));
  const missing = known.value.filter((each) => !offered.has(each));
  if (missing.length === 0) return [];
  const said = `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not offered, which ${title} is known for`;
  return [finding("capability", observed, said, known, [...observed.capabilities])];
}

function appendLimit({ limits, title }: Profile, observed: Observed): Finding[] {
  const known = limits.appendLimit;
  if (known === undefined || observed.appendLimit === undefined || observed.appendLimit === known.value) return [];
  const said = `A message may have ${observed.appendLimit} octets, where ${title} is known for ${known.value}`;
  return [finding("append-limit", observed, said, known, observed.appendLimit)];
}

function finding(what: string, { host }: Observed, said: string, known: Fact<unknown>, observed: Json): Finding {
  const { value, source, sure } = known;
  return {
    code: `profile.${what}`,
    severity: "info",
    about: host,
    message: `${said}; what the server says is taken`,
    detail: { known: value as Json, observed, source, sure },
  };
}
