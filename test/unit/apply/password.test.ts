import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generatePassword, resolvePassword } from "../../../src/apply/password.ts";
import { createPasswordFile, type PasswordFile } from "../../../src/apply/passwordfile.ts";
import type { Endpoint, Handler } from "../../../src/contract/endpoint.ts";
import type { Scheme } from "../../../src/kind/scheme.ts";
import type { PasswordWish, Resource } from "../../../src/model/resource.ts";
import type { Want } from "../../../src/model/plan.ts";
import { makePipe } from "../../journey/company.ts";
import { applied, creation, memoryEndpoint, want } from "./world.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reconcile-passwords-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (name = "passwords.csv"): string => join(folder, name);

const full = async (): Promise<never> => Promise.reject(new Error("ENOSPC: no space left on device"));

function watched(inner: Endpoint, around: (write: () => Promise<never>) => Promise<never>): Endpoint {
  const account = inner.directory.account as Handler<"account">;
  const write = ((changes, options) =>
    around(() => account.write?.(changes, options) as Promise<never>)) as NonNullable<typeof account.write>;
  return { ...inner, directory: { ...inner.directory, account: { ...account, write } } };
}

const resolve = (wish: PasswordWish, taken: ReadonlySet<Scheme> | "any" | undefined, value: string | undefined) => {
  const { ref: _, length: __, ...plain } = wish;
  const wanted = { ...want("account", "ana@example.com"), password: plain } as Want;
  const resource = { ...want("account", "ana@example.com"), password: wish } as Resource;
  return resolvePassword(wanted, resource, taken, {
    secret: async () => value ?? "",
    hash: async () => value,
  });
};

const generated = (name: string): Want => ({ ...want("account", name), password: { from: "generate" } });

describe("a generated password", () => {
  it("has its length, every kind of letter, and none that is taken for another", () => {
    fc.assert(
      fc.property(fc.integer({ min: 14, max: 128 }), (length) => {
        const password = generatePassword(length);
        expect(password).toHaveLength(length);
        expect(password).toMatch(/^[a-km-zA-HJ-NP-Z2-9-]+$/);
        for (const kind of [/[a-z]/, /[A-Z]/, /[2-9]/, /-/]) expect(password).toMatch(kind);
      }),
    );
  });

  it("never comes twice", () => {
    expect(new Set(Array.from({ length: 2000 }, () => generatePassword())).size).toBe(2000);
  });
});

describe("the file of generated passwords", () => {
  it("is for its owner alone, and holds what was added", async () => {
    const passwords = await createPasswordFile(file());
    await passwords.add("ana@example.com", "x");
    await passwords.sync();
    await passwords.close();
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readFile(file(), "utf8")).toBe("address,password\nana@example.com,x\n");
  });

  it.each<[string, () => Promise<void>]>([
    ["a file that is there", () => writeFile(file(), "somebody's\n")],
    ["a link to nowhere", () => symlink(file("elsewhere"), file())],
    ["a pipe", () => makePipe(file())],
  ])("never is %s", async (_, lay) => {
    await lay();
    await expect(createPasswordFile(file())).rejects.toMatchObject({ code: "passwords.exists", spoils: "run" });
    await expect(stat(file("elsewhere"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("when accounts are made", () => {
  const steps = ["ana@example.com", "bo@example.com"].map((name) => creation(generated(name)));

  it("their passwords are durable before the first is written", async () => {
    const happened: string[] = [];
    const passwords: PasswordFile = {
      add: async (address) => void happened.push(`add ${address}`),
      sync: async () => void happened.push("sync"),
      close: async () => undefined,
    };
    const endpoint = watched(memoryEndpoint("new"), async (write) => {
      happened.push("write");
      return write();
    });
    const { state } = await applied(steps, { new: endpoint }, { passwords });
    await state.close();
    expect(happened).toEqual(["add ana@example.com", "add bo@example.com", "sync", "write"]);
  });

  it("nothing is written where the file cannot be made durable, and no password made where the endpoint is not there", async () => {
    let writes = 0;
    const endpoint = watched(memoryEndpoint("new"), async (write) => {
      writes += 1;
      return write();
    });
    const passwords: PasswordFile = { add: async () => undefined, sync: full, close: async () => undefined };
    const stuck = await applied(steps, { new: endpoint }, { passwords });
    await stuck.state.close();
    expect([writes, stuck.told]).toEqual([0, ["account/ana@example.com failed", "account/bo@example.com failed"]]);
    const added: string[] = [];
    const noted = { ...passwords, add: async (address: string) => void added.push(address) };
    const gone = await applied(steps, { new: new Error("no route to host") }, { passwords: noted });
    await gone.state.close();
    expect(added).toEqual([]);
  });

  it("a write whose answer was lost is tried with the same password", async () => {
    const sent: string[] = [];
    const inner = memoryEndpoint("new");
    const account = inner.directory.account as Handler<"account">;
    const endpoint: Endpoint = {
      ...inner,
      directory: {
        ...inner.directory,
        account: {
          ...account,
          async write(changes, options) {
            for (const change of changes) if (change.act !== "delete") sent.push(change.password?.value ?? "");
            if (sent.length === 2) throw new Error("ECONNRESET");
            return account.write?.(changes, options) ?? [];
          },
        },
      },
    };
    const passwords = await createPasswordFile(file());
    const { state, told } = await applied(steps, { new: endpoint }, { passwords });
    await passwords.close();
    await state.close();
    expect(told).toEqual(["account/ana@example.com done", "account/bo@example.com done"]);
    expect(sent.slice(2)).toEqual(sent.slice(0, 2));
    expect(await readFile(file(), "utf8")).toBe(
      `address,password\nana@example.com,${sent[0]}\nbo@example.com,${sent[1]}\n`,
    );
  });
});

describe("the password that is written", () => {
  const ref = { env: "ANA" };
  const ssha = "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gE5ZQ1";
  const some = new Set<Scheme>(["SSHA"]);
  it.each<[string, PasswordWish, ReadonlySet<Scheme> | "any" | undefined, string | undefined, unknown]>([
    ["none where it is checked elsewhere", { from: "external", issue: 3 }, "any", ssha, undefined],
    ["a known one", { from: "secret", ref }, some, "known", { from: "secret", value: "known", mustChange: false }],
    [
      "a known one to be changed",
      { from: "secret", ref, mustChange: true },
      some,
      "k",
      { from: "secret", value: "k", mustChange: true },
    ],
    ["a carried hash", { from: "hash" }, some, ssha, { from: "hash", value: ssha, mustChange: false }],
    [
      "a carried hash where nothing is said of schemes",
      { from: "hash" },
      undefined,
      "x",
      { from: "hash", value: "x", mustChange: false },
    ],
    ["none where the source has none", { from: "hash" }, some, undefined, undefined],
    ["none of a scheme that is not taken", { from: "hash" }, some, "{SMD5}abc", undefined],
    ["none that is a clear text", { from: "hash" }, "any", "{CLEAR}abc", undefined],
    ["a hash by reference", { from: "hash", ref }, some, ssha, { from: "hash", value: ssha, mustChange: false }],
  ])("is %s", async (_, wish, taken, value, expected) => {
    expect(await resolve(wish, taken, value)).toEqual(expected);
  });

  it("is no hash by reference of a scheme that is not taken, and the fault does not show it", async () => {
    const fault = await resolve({ from: "hash", ref }, some, "{SMD5}hidden").catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({
      code: "password.scheme",
      spoils: "item",
      message: "The destination takes no SMD5 hashes",
    });
    expect(JSON.stringify(fault)).not.toContain("hidden");
  });
});
