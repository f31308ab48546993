/** What every endpoint that tells its owners must do: the laws of `owners` in src/contract/endpoint.ts. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import { collect } from "./collect.ts";

interface OwnersSubject {
  readonly endpoint: Endpoint;
  /** Login names of all who have mail there, seen past the endpoint. */
  readonly users: readonly string[];
  /** Opens their mailboxes, where whoever may list them may not. */
  readonly reads?: Endpoint;
  close(): Promise<void>;
}

const options = { signal: new AbortController().signal };

async function begin(open: () => Promise<OwnersSubject>): Promise<OwnersSubject> {
  const subject = await open();
  onTestFinished(() => subject.close());
  return subject;
}

export function ownersContract(name: string, open: () => Promise<OwnersSubject>): void {
  describe(`the owners of ${name}`, () => {
    it("are all who have mail there, each once", async () => {
      const { endpoint, users } = await begin(open);
      const found = (await collect(endpoint.owners?.(options))).filter(({ flaw }) => flaw === undefined);
      expect(found.map(({ user }) => user).toSorted()).toEqual(users.toSorted());
    });

    it("can each be opened", async () => {
      const { endpoint, reads = endpoint } = await begin(open);
      const sights = await collect(endpoint.owners?.(options));
      const usable = sights.filter(({ flaw }) => flaw === undefined);
      for (const { user } of usable) {
        const store = await reads.items.message?.({ user }, { ...options, use: "source" });
        expect((await store?.look(options))?.places.length).toBeGreaterThan(0);
        await store?.close();
      }
      expect(usable.length).toBeGreaterThan(0);
    });

    it("are the same when they are asked for again", async () => {
      const { endpoint } = await begin(open);
      const first = await collect(endpoint.owners?.(options));
      expect(await collect(endpoint.owners?.(options))).toEqual(first);
    });
  });
}
