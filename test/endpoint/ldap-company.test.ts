/** Ten thousand people in five hundred groups that hold one another, read by a login that the server bounds at 500 entries. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import type { FieldsOf } from "../../src/model/resource.ts";
import { startOpenldap, type Openldap } from "../servers/openldap.ts";
import { without } from "../servers/packages.ts";
import { asReader, openSpec, readKind, specOf } from "./ldap.ts";
import { type Company, company } from "./ldap-company.ts";

const limits = "sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited";

describe.skipIf(without("openldap")).each(["overlay", "dynlist"] as const)(
  "a company with memberOf by %s",
  (memberOf) => {
    let made: Company;
    let server: Openldap;
    let endpoint: Endpoint;
    beforeAll(async () => {
      made = company({ people: 10_000, groups: 500, memberOf: memberOf === "overlay" });
      server = await startOpenldap({ ldif: made.ldif, memberOf, limits });
      endpoint = await openSpec(specOf(server, asReader));
    });
    afterAll(() => server?.stop());

    test("has all its accounts", async () => {
      const all = await readKind(endpoint, "account");
      expect(new Set(all.map(({ name }) => name))).toEqual(new Set(made.people));
      const disabled = all.filter(({ fields }) => (fields as FieldsOf["account"]).enabled === false);
      expect(new Set(disabled.map(({ name }) => name))).toEqual(made.disabled);
      expect(new Set(all.map(({ id }) => id)).size).toBe(10_000);
    });

    test("has all its lists with all who are in them: people, lists in lists, who a search finds, who is elsewhere", async () => {
      const all = await readKind(endpoint, "list");
      const members = all.map(({ name, fields }) => [name, (fields as FieldsOf["list"]).members] as const);
      expect(new Map(members)).toEqual(made.lists);
    });

    test("has all its aliases, each once", async () => {
      const all = await readKind(endpoint, "alias");
      const targets = all.map(({ name, fields }) => [name, (fields as FieldsOf["alias"]).target] as const);
      expect(targets).toHaveLength(made.aliases.size);
      expect(new Map(targets)).toEqual(made.aliases);
    });

    test("is read without asking for memberOf, which costs a server seconds", () => {
      const asked = server.log().match(/SRCH attr=.*/g) ?? [];
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((line) => /memberof/i.test(line))).toEqual([]);
    });
  },
);
