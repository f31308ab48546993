/** Lists and aliases as they are read from a real Samba AD DC; the truth is read by ldapsearch. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ldapsearch } from "../servers/ldapsearch.ts";
import { without } from "../servers/packages.ts";
import { type Samba, startSamba } from "../servers/samba.ts";
import { limited, openSpec, specOf } from "./active-directory.ts";
import { readKind } from "./ldap.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const lists = async (spec: Parameters<typeof openSpec>[0]) => {
  const all = await readKind(await openSpec(spec), "list");
  return new Map(
    all.map(({ name, fields }) => [name, fields as { readonly members: readonly string[]; readonly hidden?: boolean }]),
  );
};
const people = (...numbers: readonly number[]) =>
  numbers.map((number) => `u${String(number).padStart(5, "0")}@example.test`).toSorted();

describe.skipIf(without("samba"))("an LDAP endpoint reads lists of Active Directory", () => {
  let plain: Samba;
  let exchange: Samba;
  beforeAll(async () => {
    plain = await startSamba({ size: "large" });
    exchange = await startSamba({ schema: "exchange" });
  });
  afterAll(async () => {
    await plain?.stop();
    await exchange?.stop();
  });
  test("with people, contacts and groups in them, in a circle, empty, and none without an address", async () => {
    const found = await lists(specOf(plain));
    expect([...found.keys()].toSorted()).toEqual(
      ["country", "empty", "large", "north", "south", "world"].map((name) => `${name}@example.test`),
    );
    expect(found.get("north@example.test")?.members).toEqual(people(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(found.get("south@example.test")?.members).toEqual([
      ...people(5, 6, 7, 8, 9, 10, 11, 12, 13, 14),
      "world@example.test",
    ]);
    expect(found.get("country@example.test")?.members).toEqual([
      "c1@partner.test",
      "north@example.test",
      "south@example.test",
    ]);
    expect(found.get("world@example.test")?.members).toEqual(["country@example.test", ...people(20)]);
    expect(found.get("empty@example.test")?.members).toEqual([]);
  });

  test("with all members, where the server gives fifteen hundred at a time", async () => {
    const { front, spec } = await limited(plain);
    const members = (await lists(spec)).get("large@example.test")?.members;
    const inIt = await ldapsearch(plain.own, plain.company, `(memberOf=CN=large,OU=Groups,${plain.company})`, ["mail"]);
    expect(members).toHaveLength(2500);
    expect(members).toEqual(inIt.flatMap(({ attributes }) => attributes["mail"] ?? []).toSorted());
    expect(front.cut.attributes).toBeGreaterThan(0);
  });

  test("with what is hidden from address books, where the schema has it", async () => {
    expect((await openSpec(specOf(plain))).directory.list?.fields.has("hidden")).toBe(false);
    expect((await openSpec(specOf(exchange))).directory.list?.fields.has("hidden")).toBe(true);
    const found = await lists(specOf(exchange));
    expect(["large", "north", "south"].map((name) => found.get(`${name}@example.test`)?.hidden)).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  test("with aliases, which are the further addresses of people and groups, and nothing else of proxyAddresses", async () => {
    const aliases = await readKind(await openSpec(specOf(plain)), "alias");
    const entries = await ldapsearch(plain.own, plain.company, "(|(objectClass=user)(objectClass=group))", [
      "proxyAddresses",
      "mail",
    ]);
    const expected = entries.flatMap(({ attributes: { proxyAddresses = [], mail = [] } }) =>
      proxyAddresses.flatMap((each) => (each.startsWith("smtp:") ? [[each.slice(5), mail[0]]] : [])),
    );
    expect(expected.length).toBeGreaterThan(3000);
    expect(new Map(aliases.map(({ name, fields }) => [name, (fields as { target?: string }).target]))).toEqual(
      new Map(expected as [string, string][]),
    );
  });
});
