import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/endpoint/clock.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import { createMemoryDirectory } from "../../src/endpoint/memory/directory.ts";
import { type DirectoryKind, directoryKinds } from "../../src/model/address.ts";
import type { EndpointSpec } from "../../src/model/spec.ts";
import { collect } from "../contract/collect.ts";
import { handlerContract } from "../contract/handler.ts";

async function underTest<K extends DirectoryKind>(kind: K) {
  const { handlers } = createMemoryDirectory();
  return { handler: handlers[kind], reopen: async () => handlers[kind], close: async () => {} };
}

for (const kind of directoryKinds) handlerContract("memory", kind, () => underTest(kind));

const options = { signal: new AbortController().signal };
const surroundings = { secret: async () => "", clock: systemClock, signal: options.signal, emit: () => {} };

describe("a memory endpoint with a seed", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "memory-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const openSeed = async (seed: string) => {
    const path = join(folder, "seed.json");
    await writeFile(path, seed);
    return openEndpoint("old", { type: "memory", seed: path }, surroundings);
  };

  test("holds the people and the mail that its seed names", async () => {
    const endpoint = await openSeed(`{
      "domains": [{"name": "Example.com"}],
      "accounts": [{"name": "Ana@Example.com", "displayName": "Ana", "quota": "1GB"}],
      "lists": [{"name": "all@example.com", "members": ["ana@example.com"]}],
      "aliases": [{"name": "a@example.com", "target": "ana@example.com"}],
      "mail": {"ana@example.com": [{"folder": ["Work", "2024"], "date": "2024-01-31T12:00:00Z", "marks": ["\\\\Seen"], "text": "Subject: x\\n\\nHello\\n"}]}
    }`);
    expect(await collect(endpoint.directory.account?.read({}, options))).toMatchObject([
      { name: "ana@example.com", fields: { displayName: "Ana", quota: 1_073_741_824 } },
    ]);
    expect(await collect(endpoint.directory.domain?.read({}, options))).toMatchObject([{ name: "example.com" }]);
    expect(await collect(endpoint.directory.list?.read({}, options))).toMatchObject([
      { fields: { members: ["ana@example.com"] } },
    ]);
    const store = await endpoint.items.message?.({ user: "ana@example.com" }, { ...options, use: "source" });
    const { feeds } = (await store?.look(options)) ?? { feeds: [] };
    expect(feeds.map(({ id, count }) => [id, count])).toEqual([
      ["INBOX", 0],
      ["Work/2024", 1],
    ]);
    const [mail] = await collect(store?.read("Work/2024", ["1"], options));
    expect(mail).toMatchObject({ date: Date.UTC(2024, 0, 31, 12), marks: ["\\Seen"], size: 21 });
    expect(mail !== undefined && "body" in mail ? Buffer.from(mail.body as Uint8Array).toString() : "").toBe(
      "Subject: x\r\n\r\nHello\r\n",
    );
  });

  test.each([
    ["no JSON", "{", /is no JSON/],
    ["another part", `{"people": []}`, /people is none of/],
    ["another field", `{"accounts": [{"name": "a@b.example", "qouta": 1}]}`, /accounts\[0\]\.qouta is no field/],
    ["no name", `{"accounts": [{"displayName": "Ana"}]}`, /accounts\[0\]\.name is no name/],
    ["no size", `{"accounts": [{"name": "a@b.example", "quota": "much"}]}`, /accounts\[0\]\.quota is no size/],
    [
      "no date",
      `{"mail": {"a@b.example": [{"text": "x", "date": "soon"}]}}`,
      /mail\.a@b\.example\[0\]\.date is no date/,
    ],
  ])("that is wrong (%s) is told where", async (_, seed, message) => {
    await expect(openSeed(seed)).rejects.toMatchObject({
      code: "seed.invalid",
      message: expect.stringMatching(message),
    });
  });

  test("that is not there cannot be opened", async () => {
    const spec = { type: "memory", seed: join(folder, "none.json") } as const;
    await expect(openEndpoint("old", spec, surroundings)).rejects.toMatchObject({ code: "seed.unreadable" });
  });
});

describe("the directory of a memory endpoint", () => {
  test("says what deleting an account destroys, and lets a filter choose", async () => {
    const directory = createMemoryDirectory([
      { kind: "account", name: "ana@example.com", fields: {}, attributes: { department: "Sales" } },
      { kind: "account", name: "bo@example.com", fields: {}, attributes: { department: "IT" } },
    ]);
    directory.hold("ana@example.com", { messages: 3, bytes: 700 });
    expect(await collect(directory.handlers.account.read({ filter: { department: "sal*" } }, options))).toMatchObject([
      { name: "ana@example.com", holds: { messages: 3, bytes: 700 } },
    ]);
  });

  test("keeps the password that an account was made with, and shows it to no reader", async () => {
    const directory = createMemoryDirectory();
    const want = {
      kind: "account",
      name: "ana@example.com",
      address: "account/ana@example.com",
      labels: {},
      fields: {},
    } as const;
    const password = { from: "secret", value: "s3cret", mustChange: false } as const;
    await directory.handlers.account.write?.(
      [{ key: "1", act: "create", want, precondition: { absent: true }, password }],
      options,
    );
    expect(directory.passwordOf("ana@example.com")).toBe("s3cret");
    expect(JSON.stringify(await collect(directory.handlers.account.read({}, options)))).not.toContain("s3cret");
  });
});

describe("opening an endpoint", () => {
  test.each([
    ["carbonio", "endpoint.unavailable"],
    ["imapp", "endpoint.unknown"],
    ["toString", "endpoint.unknown"],
  ])("of the type %s is refused with %s", async (type, code) => {
    const spec = { type } as unknown as EndpointSpec;
    await expect(openEndpoint("old", spec, surroundings)).rejects.toMatchObject({ code, about: "old" });
  });
});
