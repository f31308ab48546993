import { createHash, generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { startFaultProxy, type Trap } from "../servers/fault-proxy.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import type { ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { freePorts } from "../servers/ports.ts";
import { expectCode } from "./expect-code.ts";
import { as } from "./imap-mailbox.ts";
import { imap, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { openPlace, type Place } from "./run.ts";

const users = ["whole", "changed", "gone", "twice", "keys", "broken", "foreign", "cut"].map(
  (name) => `${name}@example.com`,
);
const date = Date.UTC(2024, 2, 1, 10);

const letter = (id: string, text = "text"): string =>
  `Message-ID: <${id}@example.com>\r\nFrom: a@example.com\r\nSubject: ${id}\r\n\r\n${text} of ${id}\r\n`;

/** Of INBOX two are the same; so is one without a Message-ID beside another. */
const laid: Readonly<Record<string, readonly string[]>> = {
  INBOX: [letter("i1"), letter("i2"), letter("same"), letter("same")],
  "Työ/2024": [
    letter("w1"),
    letter("w2", "Größe"),
    "From: x@example.com\r\n\r\nno id\r\n",
    "From: x@example.com\r\n\r\nno id\r\n",
  ],
};
const total = Object.values(laid).flat().length;

async function lay(client: ImapClient): Promise<void> {
  for (const [folder, letters] of Object.entries(laid)) {
    if (folder !== "INBOX") await client.create(folder);
    for (const text of letters) await client.append(folder, Buffer.from(text), [], date);
  }
}

interface Side {
  readonly folder: string;
  readonly size: number;
  readonly header?: string;
  readonly body?: string;
}
interface Message {
  readonly standing: string;
  readonly reason?: string;
  readonly messageId?: string;
  readonly destination?: Side;
  readonly source?: Side;
}
interface Line {
  readonly proof?: { readonly made: string };
  readonly message?: Message;
  readonly end?: {
    readonly proved: boolean;
    readonly messages: number;
    readonly standings: object;
    readonly sha256: string;
  };
  readonly signature?: object;
}
interface Checked {
  readonly stands: boolean;
  readonly counts?: Readonly<Record<string, number>>;
  readonly named?: readonly object[];
  readonly signedBy?: string;
  readonly fault?: { readonly code: string; readonly message: string };
}

const sha256 = (octets: Buffer): string => createHash("sha256").update(octets).digest("hex");

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    secret: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    open: publicKey.export({ format: "pem", type: "spki" }) as string,
  };
}

describe.skipIf(without("dovecot"))("a manifest of hashes of a mailbox on a real server", () => {
  let source: Dovecot;
  let destination: Dovecot;

  beforeAll(async () => {
    const logins = { users: Object.fromEntries(users.map((user) => [user, "secret"])) };
    [source, destination] = await Promise.all([startDovecot(logins), startDovecot({ ...logins, format: "mdbox" })]);
    for (const user of users) await as(source, user, lay);
  });
  afterAll(async () => {
    await Promise.all([source.stop(), destination.stop()]);
  });

  /** A mailbox that was copied whole. */
  async function copied(user: string, { signed = false, port = destination.port } = {}) {
    const place = await openPlace();
    onTestFinished(() => place.remove());
    const hop = { from: imap("old", source), to: imap("new", { host: destination.host, port }) };
    await writeMailManifests(place, [{ ...hop, ...(signed ? { signingKey: "secrets/sign.pem" } : {}) }], [user]);
    const key = keyPair();
    await place.write({ "secrets/sign.pem": key.secret, "sign.pub": key.open });
    const run = (command: string, ...more: readonly string[]) => place.run([command, "-e", nameOfHop(hop), ...more]);
    expectCode(await run("apply", "--auto-approve", "--progress", "none"), 0);
    const file = place.path("proofs", `${user}.jsonl`);
    return {
      place,
      run,
      file,
      key,
      lines: () => linesOf(file),
      write: async (code: number, ...more: readonly string[]) =>
        expectCode(await run("verify", "--manifest-out", "proofs", ...more), code),
      check: (code: number, ...more: readonly string[]) => check(run, code, ...more),
    };
  }

  it("holds the hashes of every message as another client sees it, and the destination stands as it says", async () => {
    const [user = ""] = users;
    const { place, run, file, lines, write, check: held } = await copied(user);
    await write(0, "--content");
    expect(readdirSync(place.path("proofs"))).toEqual([`${user}.jsonl`]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const told = lines();
    const messages = told.flatMap(({ message }) => message ?? []);
    expect(messages.map(({ standing }) => standing)).toEqual(Array.from({ length: total }, () => "there"));
    const hashes = (side: "source" | "destination") =>
      messages
        .map((each) => [each[side]?.folder, each[side]?.size, each[side]?.header, each[side]?.body].join(" "))
        .toSorted();
    const seen = await as(destination, user, hashesOf);
    expect(hashes("destination")).toEqual(seen);
    expect(hashes("source")).toEqual(seen);
    expect(told.at(-1)?.end).toMatchObject({ proved: true, messages: total, standings: { there: total } });
    const first = readFileSync(file, "utf8").split("\n");
    await write(0, "--content");
    const again = readFileSync(file, "utf8").split("\n");
    expect(first.flatMap((line, at) => (line === again[at] ? [] : [at]))).toEqual([0, first.length - 2]);
    const checked = await held(0, "--manifest", "proofs");
    expect(checked).toMatchObject({
      stands: true,
      counts: { same: total, missing: 0, changed: 0, extra: 0, moved: 0 },
    });
    expect(await held(0, "--manifest", `proofs/${user}.jsonl`)).toEqual({ ...checked });
    // The destination alone is read: nobody answers at the source.
    const [nobody = 0] = await freePorts(1);
    const text = readFileSync(place.path("manifests/mail.yaml"), "utf8");
    await place.write({ "manifests/mail.yaml": text.replace(`port: ${source.port}`, `port: ${nobody}`) });
    const said = await run("verify", "--manifest", "proofs");
    expectCode(said, 0);
    expect(said.stdout).toContain(`${total} of ${total} messages as in the manifest`);
  }, 120_000);

  it("tells a message that was changed, by what of it", async () => {
    const user = users[1] ?? "";
    const { write, check: held } = await copied(user);
    await write(0);
    await as(destination, user, async (client) => {
      await replace(client, "INBOX", "i1", letter("i1", "tExt"));
      await replace(client, "INBOX", "i2", letter("i2").replace("Subject: i2", "Subject: I2"));
      await replace(client, "Työ/2024", "w1", letter("w1").replace("From:", "X-Spam: no\r\nFrom:"));
    });
    const { stands, counts, named } = await held(4, "--manifest", "proofs");
    expect(stands).toBe(false);
    expect(counts).toMatchObject({ same: total - 3, changed: 3, missing: 0, extra: 0 });
    expect(named).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ is: "changed", messageId: "<i1@example.com>", what: ["body"] }),
        expect.objectContaining({ is: "changed", messageId: "<i2@example.com>", what: ["header"] }),
        expect.objectContaining({ is: "changed", messageId: "<w1@example.com>", what: ["header"] }),
      ]),
    );
  }, 120_000);

  it("tells what is gone, what was moved and what came since, and takes only a loss for one", async () => {
    const user = users[2] ?? "";
    const { run, write, check: held } = await copied(user);
    await write(0);
    await as(destination, user, async (client) => {
      await client.move("INBOX", await uidOf(client, "INBOX", "i1"), "Työ/2024");
      await client.append("INBOX", Buffer.from(letter("later")), [], date);
    });
    const since = await held(0, "--manifest", "proofs");
    expect(since).toMatchObject({ stands: true, counts: { same: total - 1, moved: 1, extra: 1 } });
    expectCode(await run("verify", "--manifest", "proofs", "--strict"), 4);
    await as(destination, user, async (client) => client.expunge("INBOX", await uidOf(client, "INBOX", "i2")));
    const lost = await held(4, "--manifest", "proofs");
    expect(lost).toMatchObject({ stands: false, counts: { same: total - 2, moved: 1, extra: 1, missing: 1 } });
    expect(lost.named?.[0]).toMatchObject({ is: "missing", folder: "INBOX", messageId: "<i2@example.com>" });
  }, 120_000);

  it("counts two identical messages as two", async () => {
    const user = users[3] ?? "";
    const { write, check: held } = await copied(user);
    await write(0);
    await as(destination, user, async (client) => client.expunge("INBOX", await uidOf(client, "INBOX", "same")));
    expect(await held(4, "--manifest", "proofs")).toMatchObject({ counts: { same: total - 1, missing: 1 } });
    await as(destination, user, async (client) => {
      await client.append("INBOX", Buffer.from(letter("same")), [], date);
      await client.append("INBOX", Buffer.from(letter("same")), [], date);
    });
    expect(await held(0, "--manifest", "proofs")).toMatchObject({ counts: { same: total, missing: 0, extra: 1 } });
  }, 120_000);

  it("is signed where the Migration names a key, and nothing but that signature will do where the key is given", async () => {
    const user = users[4] ?? "";
    const { place, run, file, key, lines, write, check: held } = await copied(user, { signed: true });
    await write(0);
    expect(lines().at(-1)?.signature).toBeDefined();
    const octets = readFileSync(file);
    expect(octets.includes(key.secret.split("\n")[1] ?? "-")).toBe(false);
    const given = ["--manifest", "proofs", "--public-key", "sign.pub"];
    expect(await held(0, ...given)).toMatchObject({ stands: true, trusted: true });
    expect(await held(0, "--manifest", "proofs")).toMatchObject({ stands: true, trusted: false });

    await place.write({ "other.pub": keyPair().open });
    const other = await held(4, "--manifest", "proofs", "--public-key", "other.pub");
    expect(other.fault).toMatchObject({
      code: "proof.broken",
      message: expect.stringContaining("another key") as string,
    });

    const unsigned = octets
      .toString("utf8")
      .split(/(?<=\n)/)
      .slice(0, -1)
      .join("");
    writeFileSync(file, unsigned);
    expect((await held(4, ...given)).fault).toMatchObject({ code: "proof.broken" });
    expect(await held(0, "--manifest", "proofs")).toMatchObject({ stands: true });

    const broken = octets
      .toString("utf8")
      .replace(/"value":"(.)/u, (_, first: string) => `"value":"${first === "A" ? "B" : "A"}`);
    writeFileSync(file, broken);
    expect((await held(4, "--manifest", "proofs")).fault).toMatchObject({ code: "proof.broken" });

    writeFileSync(place.path("secrets/sign.pem"), "hunter2-hunter2");
    const refused = await run("verify", "--manifest-out", "proofs");
    expectCode(refused, 1);
    expect(refused.stdout + refused.stderr).not.toContain("hunter2");
    expect(readFileSync(file, "utf8")).toBe(broken);
  }, 120_000);

  it("marks what is not proved, with the reason, and does not prove it later either", async () => {
    const user = users[5] ?? "";
    const { place, lines, write, check: held } = await copied(user);
    await as(source, user, async (client) => client.append("INBOX", Buffer.from(letter("new")), [], date));
    await as(destination, user, async (client) => client.expunge("INBOX", await uidOf(client, "INBOX", "i1")));
    await write(4);
    const marked = lines().flatMap(({ message }) =>
      message === undefined || message.standing === "there" ? [] : [message],
    );
    expect(marked).toHaveLength(2);
    expect(marked).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          standing: "newer",
          messageId: "<new@example.com>",
          reason: "came to the source after the last pass",
          belongs: "INBOX",
        }),
        expect.objectContaining({ standing: "vanished", messageId: "<i1@example.com>" }),
      ]),
    );
    expect(lines().at(-1)?.end).toMatchObject({ proved: false });
    expect(await held(4, "--manifest", "proofs")).toMatchObject({ stands: false, counts: { missing: 0, changed: 0 } });
    // A mailbox without a manifest is not checked, and a manifest without a mailbox is told.
    writeFileSync(place.path("proofs", "nobody@example.com.jsonl"), "");
    const { stdout } = await place.run(["verify", "--manifest", "proofs"]);
    expect(stdout).toContain("mailbox/nobody@example.com: could not be checked");
  }, 120_000);

  it("holds what is at the destination alone, so that its loss is told as well", async () => {
    const user = users[6] ?? "";
    const { lines, write, check: held } = await copied(user);
    await as(destination, user, async (client) => client.append("INBOX", Buffer.from(letter("own")), [], date));
    await write(0);
    const own = lines().flatMap(({ message }) => (message?.standing === "destinationOnly" ? [message] : []));
    expect(own).toMatchObject([{ messageId: "<own@example.com>", destination: { folder: "INBOX" } }]);
    await as(destination, user, async (client) => client.expunge("INBOX", await uidOf(client, "INBOX", "own")));
    expect(await held(4, "--manifest", "proofs")).toMatchObject({ counts: { same: total, missing: 1 } });
  }, 120_000);

  it("is made and held against, though lines are cut under way", async () => {
    const user = users[7] ?? "";
    const headers: Trap = { way: "down", on: /HEADER\.FIELDS/, skip: 2, ending: "rst" };
    const changes: Trap = { way: "down", on: /INTERNALDATE/, skip: 1, ending: "rst" };
    const bodies: Trap = { way: "down", on: /BODY\[\] \{/, skip: 3, ending: "rst" };
    const { place, run, write, check: held } = await copied(user);
    const proxy = await startFaultProxy({ to: destination.port, script: { traps: [changes, headers, bodies] } });
    onTestFinished(() => proxy.stop());
    const text = readFileSync(place.path("manifests/mail.yaml"), "utf8");
    await place.write({ "manifests/mail.yaml": text.replace(`port: ${destination.port}`, `port: ${proxy.port}`) });
    await write(0);
    for (const trap of [changes, headers, bodies]) expect(tallyOf(trap).done).toBe(1);
    const again: Trap = { way: "down", on: /BODY\[\] \{/, skip: 1, ending: "fin" };
    const second = await startFaultProxy({ to: destination.port, script: { traps: [again] } });
    onTestFinished(() => second.stop());
    await place.write({ "manifests/mail.yaml": text.replace(`port: ${destination.port}`, `port: ${second.port}`) });
    expect(await held(0, "--manifest", "proofs")).toMatchObject({ stands: true, counts: { same: total } });
    expect(tallyOf(again).done).toBe(1);
    expectCode(await run("verify", "--manifest", "proofs", "--content"), 1);
    expectCode(await run("verify", "--public-key", "sign.pub"), 1);
  }, 120_000);
});

const linesOf = (file: string): readonly Line[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

async function check(
  run: (command: string, ...more: readonly string[]) => ReturnType<Place["run"]>,
  code: number,
  ...more: readonly string[]
): Promise<Checked> {
  const ended = await run("verify", "--format", "json", ...more);
  expectCode(ended, code);
  const [mailbox] = (JSON.parse(ended.stdout) as { mailboxes: readonly Checked[] }).mailboxes;
  if (mailbox === undefined) throw new Error("no mailbox was checked");
  return mailbox;
}

/** Folder, size and hashes of every message, by another client and by the definition. */
async function hashesOf(client: ImapClient): Promise<readonly string[]> {
  const told: string[] = [];
  for (const folder of Object.keys(laid))
    for (const { body } of await client.fetchAll(folder)) {
      const end = body.indexOf("\r\n\r\n") + 2;
      told.push([folder, body.length, sha256(body.subarray(0, end)), sha256(body.subarray(end + 2))].join(" "));
    }
  return told.toSorted();
}

async function uidOf(client: ImapClient, folder: string, id: string): Promise<number> {
  const found = (await client.fetchAll(folder)).find(({ body }) => body.includes(`<${id}@example.com>`));
  if (found === undefined) throw new Error(`${folder} holds no ${id}`);
  return found.uid;
}

/** The same message with other octets, as IMAP can have it: another one in its place. */
async function replace(client: ImapClient, folder: string, id: string, text: string): Promise<void> {
  await client.expunge(folder, await uidOf(client, folder, id));
  await client.append(folder, Buffer.from(text), [], date);
}
