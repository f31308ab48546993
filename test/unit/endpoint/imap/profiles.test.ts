import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Profile, Provenance } from "../../../../src/endpoint/imap/profile/profile.ts";
import { profileKeys, profileNamed, profiles } from "../../../../src/endpoint/imap/profile/table.ts";

/** The services and servers that the product says it knows. */
const promised = [
  "bluehost",
  "dovecot",
  "mdaemon",
  "zoho",
  "workmail",
  "domino",
  "fasthosts",
  "ionos",
  "scalahosting",
  "hostinger",
  "dreamhost",
  "gmail",
  "microsoft365",
  "yahoo",
  "icloud",
  "fastmail",
  "courier",
  "cyrus",
  "carbonio",
  "zimbra",
  "skyconnect",
];

const each = Object.entries(profiles);

/** Everything in a profile that says how sure it is. */
function facts(
  value: unknown,
  path: string,
): { readonly path: string; readonly source: string; readonly sure: string }[] {
  if (value === null || typeof value !== "object" || value instanceof RegExp) return [];
  const { source, sure } = value as Partial<Provenance>;
  const own = source === undefined && sure === undefined ? [] : [{ path, source: source ?? "", sure: sure ?? "" }];
  return [...own, ...Object.entries(value).flatMap(([key, part]) => facts(part, `${path}.${key}`))];
}

const plain: Readonly<Record<string, RegExp>> = {
  documented: /^(https:\/\/|RFC \d+)/u,
  secondhand: /^https:\/\//u,
  measured: /^measured on \S+ .*\d/u,
  unconfirmed: /\S/u,
};

describe("the profiles", () => {
  test("are those that the schema lets a manifest name", async () => {
    const path = new URL("../../../../schemas/endpoint.schema.json", import.meta.url);
    const schema = JSON.parse(await readFile(path, "utf8")) as {
      $defs: { ImapEndpointSpec: { properties: { provider: { enum: string[] } } } };
    };
    expect(schema.$defs.ImapEndpointSpec.properties.provider.enum).toEqual([...profileKeys].toSorted());
  });

  test("are there for everything that is promised", () => {
    expect(promised.filter((key) => profileNamed(key) === undefined)).toEqual([]);
  });

  test("are found under their own key, and nothing else is", () => {
    expect(each.map(([key, profile]) => [key, profile.key])).toEqual(profileKeys.map((key) => [key, key]));
    expect(profileNamed("toString")).toBeUndefined();
    expect(profileNamed("Gmail")).toBeUndefined();
  });

  test.each(each)("%s says of every fact where it is from and how sure it is", (key, profile) => {
    const all = facts(profile, key);
    expect(all.length).toBeGreaterThan(3);
    const wrong = all.filter(({ source, sure }) => plain[sure]?.test(source) !== true);
    expect(wrong).toEqual([]);
  });

  test.each(each)("%s leaves no hint, limit or login without a source", (_, profile: Profile) => {
    const { hosts, server, mx, alsoSells = [], logins, quirks, folders, limits, namespace, connection } = profile;
    const all = [hosts, server, mx, alsoSells, logins, quirks, ...Object.values(folders), Object.values(limits)].flat();
    expect([...all, namespace ?? connection, connection].filter((fact) => !("source" in fact))).toEqual([]);
  });

  test("name each quirk once, by a stable code that begins with a profile's key", () => {
    const keys = profileKeys.join("|");
    const odd = each.flatMap(([, { quirks }]) =>
      quirks.filter(({ code }) => !new RegExp(`^(${keys})\\.[a-z-]+$`, "u").test(code)),
    );
    expect(odd).toEqual([]);
    for (const [, { quirks }] of each) expect(new Set(quirks.map(({ code }) => code)).size).toBe(quirks.length);
  });

  test("tell in sentences what a quirk is and what it means", () => {
    const quirks = each.flatMap(([, profile]) => profile.quirks);
    expect(quirks.flatMap(({ says, means }) => [says, means]).filter((text) => !/^\S.{10,}\.$/su.test(text))).toEqual(
      [],
    );
  });

  test("sell only what is known", () => {
    const sold = each.flatMap(([, { alsoSells = [] }]) => alsoSells.map(({ value }) => value));
    expect(sold.filter((key) => profileNamed(key) === undefined)).toEqual([]);
    expect(profileNamed("hostinger")?.alsoSells?.map(({ value }) => value)).toContain("titan");
    expect(profileNamed("bluehost")?.alsoSells?.map(({ value }) => value)).toContain("titan");
  });

  test("write hosts in lower case, and folders without the namespace's prefix", () => {
    const hosts = each.flatMap(([, { hosts, mx }]) => [...hosts, ...mx].map(({ value }) => value));
    expect(hosts.filter((host) => !/^[a-z0-9.*-]+$/u.test(host))).toEqual([]);
    const prefixed = each.flatMap(([, { folders, namespace }]) =>
      Object.values(folders)
        .flat()
        .filter(({ value }) => (namespace?.value.prefix ?? "") !== "" && value.startsWith("INBOX")),
    );
    expect(prefixed).toEqual([]);
  });
});

const codes = (key: string) => profileNamed(key)?.quirks.map(({ code }) => code);

describe("what a move must know", () => {
  test.each([
    ["domino", ["domino.date-search", "domino.headers-rewritten"]],
    ["zoho", ["zoho.archived-hidden"]],
    ["workmail", ["workmail.ends"]],
    ["hostinger", ["hostinger.two-products"]],
    ["bluehost", ["bluehost.several-products"]],
    ["gmail", ["gmail.labels", "gmail.all-mail", "gmail.auto-expunge", "gmail.bandwidth"]],
    ["microsoft365", ["microsoft365.no-passwords", "microsoft365.throttling", "microsoft365.keywords"]],
    ["courier", ["courier.connections", "courier.no-for-bad", "courier.uidvalidity"]],
    ["cyrus", ["cyrus.mailboxid-garbage", "cyrus.quota-words"]],
  ])("of %s", (key, expected) => {
    expect(codes(key)).toEqual(expect.arrayContaining(expected));
  });

  test("is a number where there is one", () => {
    expect(profileNamed("gmail")?.limits).toMatchObject({
      downloadPerDay: { value: 2_500_000_000 },
      uploadPerDay: { value: 500_000_000 },
    });
    expect(profileNamed("courier")?.limits.connectionsPerAddress?.value).toBe(20);
    expect(profileNamed("microsoft365")?.logins.map(({ value }) => value)).toEqual(["oauth2"]);
  });
});
