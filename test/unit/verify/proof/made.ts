import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProofMessage, ProofSide } from "../../../../src/model/proof.ts";
import { proofHash } from "../../../../src/model/proof.ts";
import { signerOf } from "../../../../src/verify/proof/key.ts";
import { createProofWriter } from "../../../../src/verify/proof/write.ts";

export const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

export function side(id: string, more: Partial<ProofSide> = {}): ProofSide {
  const [fingerprint, header, body] = [sha(id).slice(0, 32), sha(`h${id}`), sha(`b${id}`)];
  return { folder: "INBOX", date: "2024-03-01T10:00:00.000Z", size: 100, fingerprint, header, body, ...more };
}

export const there = (id: string, more: Partial<ProofSide> = {}): ProofMessage => ({
  standing: "there",
  messageId: `<${id}@example.com>`,
  destination: side(id, more),
  source: { folder: "INBOX", date: "2024-03-01T10:00:00.000Z", size: 100, fingerprint: sha(id).slice(0, 32) },
});

export function keyPair() {
  const pair = generateKeyPairSync("ed25519");
  return {
    privatePem: pair.privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    publicPem: pair.publicKey.export({ format: "pem", type: "spki" }) as string,
  };
}

export interface Folder {
  readonly path: string;
  file(): Promise<string>;
  write(messages: readonly ProofMessage[], how?: { readonly pem?: string; readonly made?: string }): Promise<Buffer>;
  remove(): Promise<void>;
}

/** A folder of proofs, with one of Ana's mailbox. */
export async function openFolder(): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "reconcile-proof-")));
  const file = async () => join(path, (await readdir(path)).find((name) => name.endsWith(".jsonl")) ?? "");
  return {
    path,
    file,
    async write(messages, { pem, made = "2026-11-28T00:00:00.000Z" } = {}) {
      const writer = createProofWriter(path, "mailbox/ana@example.com", pem === undefined ? undefined : signerOf(pem));
      for (const message of messages) await writer.add(message);
      const [source, destination] = [
        { endpoint: "old", user: "ana@example.com" },
        { endpoint: "new", user: "ana@example.com" },
      ];
      const facts = { migration: "old-to-new", mailbox: "mailbox/ana@example.com", made, hash: proofHash } as const;
      const head = { format: 1, ...facts, source, destination, content: true, strict: false } as const;
      await writer.end({ head, folders: [{ path: "INBOX", there: true }], unread: [] });
      await writer.close();
      return readFile(await file());
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
