import { createHash, createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProofMessage } from "../../../../src/model/proof.ts";
import { publicKeyOf, signerOf } from "../../../../src/verify/proof/key.ts";
import { readProof } from "../../../../src/verify/proof/read.ts";
import { fileOf } from "../../../../src/verify/proof/write.ts";
import { type Folder, keyPair, openFolder, side, there } from "./made.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile(
  JSON.parse(readFileSync(join(import.meta.dirname, "../../../../schemas/proof.schema.json"), "utf8")) as object,
);

const messages: readonly ProofMessage[] = [
  there("b"),
  there("a"),
  there("a"),
  there("c", { folder: "Häßlich\u2028\u001b[31m/ä" }),
  {
    standing: "missing",
    reason: "missing",
    belongs: "Archive",
    source: { folder: "Old", date: "2020-01-01T00:00:00.000Z", size: 3 },
  },
  { standing: "destinationOnly", messageId: '<"\\\u202e>', destination: side("z", { folder: "Z" }) },
];

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.remove());

async function read(publicKey?: string) {
  const taken: ProofMessage[] = [];
  const proof = await readProof(await folder.file(), publicKey, async (message) => void taken.push(message));
  return { proof, taken };
}

describe("a proof", () => {
  it("is JSON lines of the schema, for its owner's eyes, and nothing is left beside it", async () => {
    const { privatePem } = keyPair();
    const octets = await folder.write(messages, { pem: privatePem });
    const lines = octets.toString("utf8").trimEnd().split("\n");
    for (const line of lines) expect(valid(JSON.parse(line)), `${line} ${JSON.stringify(valid.errors)}`).toBe(true);
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
      "proof",
      "folder",
      ...messages.map(() => "message"),
      "end",
      "signature",
    ]);
    for (const steering of ["\u2028", "\u202e", "\u001b"]) expect(octets.includes(steering)).toBe(false);
    expect(statSync(await folder.file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(["ana@example.com.jsonl"]);
  });

  it("is the same, whatever the order of its messages, but for the time", async () => {
    const one = await folder.write(messages);
    const other = await folder.write(messages.toReversed());
    expect(other.equals(one)).toBe(true);
    const later = (await folder.write(messages, { made: "2027-01-01T00:00:00.000Z" })).toString().split("\n");
    const differing = one
      .toString()
      .split("\n")
      .flatMap((line, at) => (line === later[at] ? [] : [Object.keys(JSON.parse(line) as object)[0]]));
    expect(differing).toEqual(["proof", "end"]);
  });

  it("closes with the hash of all before, and is signed over that line, as openssl would check it", async () => {
    const { privatePem, publicPem } = keyPair();
    const octets = await folder.write(messages, { pem: privatePem });
    const lines = octets.toString("utf8").split(/(?<=\n)/);
    const [signature = "", end = ""] = [lines.at(-1), lines.at(-2)];
    const before = lines.slice(0, -2).join("");
    const said = (JSON.parse(end) as { end: { sha256: string; messages: number } }).end;
    expect(said).toMatchObject({ messages: messages.length, proved: false });
    expect(said.sha256).toBe(createHash("sha256").update(before).digest("hex"));
    const { value } = (JSON.parse(signature) as { signature: { value: string } }).signature;
    expect(verify(null, Buffer.from(end), createPublicKey(publicPem), Buffer.from(value, "base64"))).toBe(true);
  });

  it("is read back as it was written", async () => {
    const { privatePem, publicPem } = keyPair();
    await folder.write(messages, { pem: privatePem });
    const { proof, taken } = await read(publicKeyOf(publicPem, "key"));
    expect(proof.signedBy).toBe(publicKeyOf(publicPem, "key"));
    expect(taken).toHaveLength(messages.length);
    expect(taken).toEqual(expect.arrayContaining([...messages]));
  });

  it("is refused without a signature, or with another's, where a key is given", async () => {
    const [mine, other] = [keyPair(), keyPair()];
    const key = publicKeyOf(mine.publicPem, "key");
    await folder.write(messages);
    await expect(read(key)).rejects.toMatchObject({ code: "proof.broken" });
    await expect(read()).resolves.toBeDefined();
    await folder.write(messages, { pem: other.privatePem });
    await expect(read(key)).rejects.toMatchObject({ code: "proof.broken" });
    await expect(read()).resolves.toBeDefined();
  });

  it.each(["signed", "unsigned"])(
    "%s, tells when any octet of it was changed, left out or put in",
    async (how) => {
      const { privatePem, publicPem } = keyPair();
      const octets = await folder.write(messages.slice(3), how === "signed" ? { pem: privatePem } : {});
      const file = await folder.file();
      const key = how === "signed" ? publicKeyOf(publicPem, "key") : undefined;
      const tampered = async (changed: Buffer) => {
        await writeFile(file, changed);
        await expect(read(key)).rejects.toMatchObject({ name: "Fault" });
      };
      const at = fc.nat({ max: octets.length - 1 });
      await fc.assert(
        fc.asyncProperty(
          at,
          fc.integer({ min: 1, max: 255 }),
          fc.constantFrom("drop", "add", "cut"),
          async (where, by, act) => {
            const [before, after] = [octets.subarray(0, where), octets.subarray(where)];
            const changed = Buffer.from(octets);
            changed[where] = (changed[where] ?? 0) ^ by;
            const acts = {
              drop: Buffer.concat([before, after.subarray(1)]),
              add: Buffer.concat([before, Buffer.from([by]), after]),
              cut: before,
            };
            // Cut after its closing line, an unsigned proof is whole; a signed one has lost its signature, which the key asks for.
            await tampered(acts[act]);
          },
        ),
        { numRuns: 150 },
      );
      // Every octet once.
      for (let where = 0; where < octets.length; where += 1) {
        const changed = Buffer.from(octets);
        changed[where] = (changed[where] ?? 0) ^ 1;
        await tampered(changed);
      }
    },
    60_000,
  );

  it("tells when lines were taken out, doubled or put in another order, though each is whole", async () => {
    const lines = (await folder.write(messages)).toString("utf8").split(/(?<=\n)/);
    const file = await folder.file();
    const orders = [
      lines.with(3, ""),
      lines.toSpliced(3, 0, lines[3] ?? ""),
      lines.with(3, lines[4] ?? "").with(4, lines[3] ?? ""),
    ];
    for (const order of orders) {
      await writeFile(file, order.join(""));
      // Two equal lines in the other order are no other file.
      if (order.join("") === lines.join("")) continue;
      await expect(read()).rejects.toMatchObject({ code: "proof.broken" });
    }
  });
});

/** All that a fault says. */
function faultOf(pem: string): unknown {
  try {
    return signerOf(pem);
  } catch (thrown) {
    return JSON.stringify({ ...(thrown as Error), text: String(thrown) });
  }
}

describe("keys", () => {
  it("are Ed25519 and PKCS#8, and no fault shows what was found instead", () => {
    const { privatePem, publicPem } = keyPair();
    for (const wrong of ["hunter2-hunter2", publicPem, privatePem.replaceAll("PRIVATE", "RSA PRIVATE")])
      expect(() => signerOf(wrong)).toThrow(expect.objectContaining({ code: "key.invalid" }));
    expect(faultOf("hunter2-hunter2")).toContain("key.invalid");
    expect(faultOf("hunter2-hunter2")).not.toContain("hunter2");
    expect(() => publicKeyOf(privatePem, "key")).toThrow(expect.objectContaining({ code: "key.invalid" }));
  });
});

describe("the file of a mailbox", () => {
  it("stays in its folder, whatever the name, and no two share one", () => {
    const names = [
      "ana@example.com",
      "../../etc/passwd@x.example",
      ".hidden@x.example",
      "a/b@x.example",
      "a%2Fb@x.example",
      `${"x".repeat(300)}@x.example`,
    ];
    const files = names.map((name) => fileOf(`mailbox/${name}`));
    for (const file of files) {
      expect(file).toMatch(/^[^/.][^/]*\.jsonl$/);
      expect(Buffer.byteLength(file)).toBeLessThan(256);
    }
    expect(new Set(files).size).toBe(names.length);
    expect(files[0]).toBe("ana@example.com.jsonl");
  });
});
