import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { layMailbox } from "./mailbox.ts";
import { reconcileAsked } from "./measure.ts";
import { peers } from "./peers.ts";
import { push, type Samples } from "./samples.ts";

/** One mailbox in a folder of its own, with the manifests to copy it. */
export interface World {
  readonly folder: string;
  readonly messages: number;
  readonly octets: number;
}

const mailbox = "ana@harbour.example";

const manifest = `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: old}
spec: {type: archive, path: ../old, format: maildir}
---
apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: new}
spec: {type: archive, path: ../new, format: maildir}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: mail}
spec:
  source: {mail: old}
  destination: {mail: new}
---
apiVersion: reconcile/v1
kind: Mailbox
metadata: {name: ${mailbox}}
spec: {source: {user: ${mailbox}}}
`;

export async function layWorld(folder: string, messages: number): Promise<World> {
  const octets = await layMailbox(join(folder, "old", mailbox), messages);
  await mkdir(join(folder, "manifests"));
  await writeFile(join(folder, "manifests/all.yaml"), manifest);
  return { folder, messages, octets };
}

/** A folder's times prove nothing until they are this old, in ms: a pass right after another looks more closely. */
const settled = 2500;

/** Copies the mailbox by the product and by each peer, each from nothing and then again; samples are named `MESSAGES/WHO/PASS`. */
export async function carryOnce(world: World, samples: Samples): Promise<void> {
  const { folder, messages } = world;
  const fresh = ["new", "manifests/.reconcile"].map((name) => join(folder, name));
  for (const each of fresh) await rm(each, { recursive: true, force: true });
  await mkdir(join(folder, "new"));
  for (const pass of ["first", "second", "third"]) {
    push(samples, `${messages}/reconcile/${pass}`, await reconcileAsked(folder, "apply", "--auto-approve"));
    await wait(settled);
  }
  await expectAll(join(folder, "new"), messages);
  push(samples, `${messages}/reconcile plan/third`, await reconcileAsked(folder, "plan"));
  for (const { name, program, copy, forget } of peers) {
    if (program === undefined) continue;
    const goal = "peer";
    for (const pass of ["first", "second"])
      push(samples, `${messages}/${name}/${pass}`, await copy(program, folder, goal));
    await expectAll(join(folder, goal), messages);
    await rm(join(folder, goal), { recursive: true, force: true });
    await forget?.(folder);
  }
}

/** Throws where not every message arrived: what did less took less time. */
async function expectAll(goal: string, messages: number): Promise<void> {
  const there = (await readdir(goal, { recursive: true })).filter((path) => /\/(?:cur|new)\/[^/]+$/u.test(path));
  if (there.length !== messages) throw new Error(`${goal} holds ${there.length} messages, not ${messages}`);
}
