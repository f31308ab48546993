/** The law of handlers over the Directory API: each story with a customer of its own. */
import { afterAll, describe, expect, it } from "vitest";
import type { DirectoryKind } from "../../src/model/address.ts";
import { handlerContract } from "../contract/handler.ts";
import { unjudged } from "../servers/google/discovery.ts";
import { startWorkspace } from "./google.ts";

const violations: string[] = [];

async function underTest<K extends DirectoryKind>(kind: K) {
  const { fake, open } = await startWorkspace();
  if (kind !== "domain") fake.directory.domains.set("example.com", true);
  if (kind === "alias") for (const name of ["ana", "bo"]) fake.directory.users.add(person(fake.directory.id(), name));
  const reopen = async () => {
    const handler = (await open()).directory[kind];
    if (handler === undefined) throw new Error(`no ${kind}`);
    return handler;
  };
  const close = async () => {
    violations.push(...fake.violations);
    await fake.stop();
  };
  return { handler: await reopen(), reopen, close };
}

const person = (id: string, name: string) => ({
  id,
  primaryEmail: `${name}@example.com`,
  name: { givenName: name, familyName: name },
  suspended: false,
  orgUnitPath: "/",
  recoveryEmail: "",
  aliases: [],
  password: "secret-of-old",
  hashFunction: undefined,
  changePasswordAtNextLogin: false,
  shows: 0,
});

/** Google's addresses are ASCII, and a class is an organisational unit. */
const names = ["ana@example.com", "bo@example.com", "cy.lund@example.com", "dee@example.com"] as const;
const shared = { runs: 15, many: 60, names } as const;
const recovery = { email: "ana@home.example", mobile: "+491701234567" };

describe("over the Directory API", () => {
  afterAll(() => {
    if (unjudged !== undefined) console.warn(unjudged);
  });
  handlerContract("google", "domain", () => underTest("domain"), { runs: 15, many: 60 });
  handlerContract("google", "account", () => underTest("account"), {
    ...shared,
    full: {
      displayName: "Ana Ruiz, Dr.",
      givenName: "Ana",
      familyName: "Ruiz",
      enabled: true,
      class: "/Sales/North",
      recovery,
    },
    other: {
      displayName: "Änne Ruíz 😀",
      givenName: "Änne",
      familyName: "Ruíz",
      enabled: false,
      class: "/",
      recovery: { email: "x@home.example" },
    },
  });
  handlerContract("google", "list", () => underTest("list"), shared);
  handlerContract("google", "alias", () => underTest("alias"), {
    ...shared,
    names: ["info@example.com", "a.ruiz@example.com", "post@example.com", "office@example.com"],
    full: { target: "ana@example.com" },
    other: { target: "bo@example.com" },
  });
  it("sends and is sent nothing that Google does not describe", () => expect([...new Set(violations)]).toEqual([]));
});
