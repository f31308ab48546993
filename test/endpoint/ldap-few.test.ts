/** A few changes in a large directory: only the entries that they are about are read, and all that is seen is as in a whole reading. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokenPreconditions } from "../../src/apply/precondition.ts";
import type { DirectoryChange, Handler } from "../../src/contract/endpoint.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { Observed } from "../../src/model/resource.ts";
import { type FaultProxy, startFaultProxy } from "../servers/fault-proxy.ts";
import { suffix } from "../servers/openldap-configuration.ts";
import { type Openldap, startOpenldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { ldif, openSpec, options, person, readKind, specOf, unit } from "./ldap.ts";

const dnOf = (uid: string): string => `uid=${uid},ou=people,${suffix}`;
const group = (cn: string, member: readonly string[], more = {}): string =>
  ldif(`cn=${cn},ou=groups,${suffix}`, {
    objectClass: ["groupOfNames", "extensibleObject"],
    cn,
    member,
    ...more,
  });
const crowd = Array.from({ length: 3000 }, (_, index) => `p${index}`);

const update = (was: Observed, fields: Readonly<Record<string, unknown>>): DirectoryChange =>
  ({
    key: was.name,
    act: "update",
    want: { kind: was.kind, name: was.name, address: addressOf(was.kind, was.name), labels: {}, fields },
    was,
    fields: Object.entries(fields).map(([field, to]) => ({ field, to })),
    precondition: { revision: was.revision },
  }) as unknown as DirectoryChange;

const step = (was: Observed, revision = was.revision ?? ""): Step => ({
  id: was.name,
  address: addressOf(was.kind, was.name),
  at: ["corp"],
  phase: "directory",
  change: { act: "delete", was },
  after: [],
  precondition: { revision },
});

describe.skipIf(without("openldap"))("a few changes in a large LDAP directory", () => {
  let server: Openldap;
  let proxy: FaultProxy;
  beforeAll(async () => {
    const groups = [
      group("team", [dnOf("p1"), dnOf("p2"), `cn=inner,ou=groups,${suffix}`], {
        mail: "team@example.com",
        owner: dnOf("p9"),
      }),
      group("inner", [dnOf("p3")], { mail: "inner@example.com" }),
      group("nested", [`cn=nameless,ou=groups,${suffix}`], { mail: "nested@example.com" }),
      group("nameless", [dnOf("p4"), dnOf("p5")]),
      group("large", crowd.map(dnOf), { mail: "large@example.com" }),
    ];
    const people = crowd.map((uid) => person(uid, { description: "x".repeat(300) }));
    server = await startOpenldap({ ldif: unit("people") + unit("groups") + people.join("") + groups.join("") });
    proxy = await startFaultProxy({ to: server.port, record: false });
  });
  afterAll(() => Promise.all([proxy?.stop(), server?.stop()]));

  const open = async () => {
    const endpoint = await openSpec(specOf(server, { url: `ldap://127.0.0.1:${proxy.port}`, tls: "none" }));
    const all = { account: await readKind(endpoint, "account"), list: await readKind(endpoint, "list") };
    const find = (kind: "account" | "list", name: string): Observed =>
      all[kind].find((each) => each.name === `${name}@example.com`) as Observed;
    /** Octets that the server sends while something is done. */
    const cost = async (work: () => Promise<unknown>): Promise<number> => {
      const before = proxy.total.bytes.down;
      await work();
      return proxy.total.bytes.down - before;
    };
    return { endpoint, find, cost, whole: await cost(() => readKind(endpoint, "account")) };
  };
  test("whether they still fit what is there is asked of those entries alone", async () => {
    const { endpoint, find, cost, whole } = await open();
    const steps = [
      step(find("account", "p7")),
      step(find("account", "p8"), "stale"),
      step(find("list", "team")),
      step(find("list", "inner"), "stale"),
    ];
    let broken: unknown;
    const paid = await cost(async () => {
      broken = await brokenPreconditions({ steps } as unknown as Plan, { ...options, connect: async () => endpoint });
    });
    expect(broken).toEqual([
      { address: "account/p8@example.com", why: "account/p8@example.com was changed since" },
      { address: "list/inner@example.com", why: "list/inner@example.com was changed since" },
    ]);
    expect(paid).toBeLessThan(whole / 20);
  });

  test("a list gains and loses members, by name and by address, and its neighbours are not read", async () => {
    const { endpoint, find, cost, whole } = await open();
    const handler = endpoint.directory.list as unknown as Handler<DirectoryKind>;
    const members = ["inner@example.com", "p11@example.com", "p1@example.com"];
    let outcomes: unknown;
    const paid = await cost(async () => {
      outcomes = await handler.write?.([update(find("list", "team"), { members })], options);
    });
    expect(outcomes).toMatchObject([{ observed: { fields: { members, owners: ["p9@example.com"] } } }]);
    expect(paid).toBeLessThan(whole / 20);
    const [truth] = await server.search("(cn=team)", { attributes: ["member"] });
    expect(truth?.values["member"]?.toSorted()).toEqual(
      [dnOf("p1"), dnOf("p11"), `cn=inner,ou=groups,${suffix}`].toSorted(),
    );
    const now = await readKind(endpoint, "list");
    expect(outcomes).toMatchObject([{ observed: now.find(({ name }) => name === "team@example.com") }]);
  });

  test("where a part cannot tell all, all is read: groups without an address, and thousands of members", async () => {
    const { endpoint, find } = await open();
    const read = async (name: string) => {
      const found: Observed[] = [];
      const names = new Set([`${name}@example.com`]);
      for await (const each of endpoint.directory.list?.read({ names }, options) ?? []) found.push(each as Observed);
      return found;
    };
    for (const name of ["team", "inner", "nested", "large"]) expect(await read(name)).toEqual([find("list", name)]);
    expect(find("list", "nested").fields).toMatchObject({ members: ["p4@example.com", "p5@example.com"] });
    const handler = endpoint.directory.list as unknown as Handler<DirectoryKind>;
    const members = crowd.slice(1).map((uid) => `${uid}@example.com`);
    await handler.write?.([update(find("list", "large"), { members })], options);
    const [truth] = await server.search("(cn=large)", { attributes: ["member"] });
    expect(truth?.values["member"]).toHaveLength(crowd.length - 1);
  });
});
