/** An imap endpoint on a real server, and hands that reach it past the store by a client of their own. */
import { Buffer } from "node:buffer";
import type { OpenContext } from "../../src/contract/endpoint.ts";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { createBudget } from "../../src/endpoint/budget.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import type { Event } from "../../src/model/event.ts";
import type { ImapEndpointSpec } from "../../src/model/spec.ts";
import type { Hands, Outside, Subject } from "../contract/item-store.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";

/** Where a server is, for a manifest and for another client alike. */
export interface Reach {
  readonly host: string;
  readonly port: number;
}

const { signal } = new AbortController();

/** The world of an endpoint: a reference `{env: X}` is resolved to X itself. */
export function contextOf(more: Partial<OpenContext> = {}, events: Event[] = []): OpenContext {
  return {
    secret: async (ref) => ("env" in ref ? ref.env : ""),
    budget: createBudget({}, systemClock),
    clock: systemClock,
    signal,
    emit: (event) => events.push(event),
    open: () => Promise.reject(new Error("nothing else is opened here")),
    ...more,
  };
}

export function specOf({ host, port }: Reach, more: Partial<ImapEndpointSpec> = {}): ImapEndpointSpec {
  return {
    type: "imap",
    host,
    port,
    tls: "none",
    auth: { method: "user", password: { env: "secret" } },
    ...more,
  };
}

export async function openStore(
  spec: ImapEndpointSpec,
  user: string,
  use: "source" | "destination" = "destination",
  context: OpenContext = contextOf(),
): Promise<ItemStore> {
  const endpoint = await open("mail", spec, context);
  if (endpoint.items.message === undefined) throw new Error("the endpoint holds no mail");
  return endpoint.items.message({ user }, { signal: context.signal, use, wide: true });
}

/** Line ends as IMAP shows them. */
const wireLines = (body: Buffer): Buffer => Buffer.from(body.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");

function handsOf(client: ImapClient): Hands {
  const find = async (path: readonly string[], body: Uint8Array) => {
    const name = await client.nameOf(path);
    const text = wireLines(Buffer.from(body));
    const hit = (await client.fetchAll(name)).find((each) => each.body.equals(text));
    if (hit === undefined) throw new Error(`no such message in ${name}`);
    return { name, uid: hit.uid };
  };
  return {
    folder: async (path) => {
      for (let length = 1; length <= path.length; length += 1) {
        const name = await client.nameOf(path.slice(0, length));
        await client.create(name).catch(() => undefined);
      }
    },
    put: async (path, { body, date, marks }) => {
      await client.append(await client.nameOf(path), wireLines(body), marks, date);
    },
    list: async (path) =>
      (await client.fetchAll(await client.nameOf(path))).map(({ body, internalDate, flags }): Outside => ({
        body,
        date: internalDate,
        marks: flags,
      })),
    remove: async (path, body) => {
      const { name, uid } = await find(path, body);
      await client.expunge(name, uid);
    },
    flag: async (path, body, marks) => {
      const { name, uid } = await find(path, body);
      await client.store(name, uid, "FLAGS", marks);
    },
    renew: async (path) => {
      const name = await client.nameOf(path);
      const validity = async () => (await client.status(name, "UIDVALIDITY")).get("UIDVALIDITY");
      const before = await validity();
      // Servers take it from the clock: within a second the old number may come again.
      do {
        await client.delete(name);
        await client.create(name);
      } while ((await validity()) === before);
    },
  };
}

/** Users enough for a suite, with the password `secret`. */
export const manyUsers: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 80 }, (_, at) => [`user${at}`, "secret"]),
);

/** A mailbox for each test: users are taken in turn, so that each finds an empty one. */
export async function subjectOn(
  server: Reach,
  user: string,
  limits: Partial<Subject["limits"]> = {},
): Promise<Subject> {
  const client = await connectImap(server);
  const login = await client.login(user, "secret");
  if (login.status !== "OK") throw new Error(`${user} cannot log in: ${login.text}`);
  const spec = specOf(server);
  const store = await openStore(spec, user);
  return {
    store,
    hands: handsOf(client),
    again: () => openStore(spec, user),
    limits: {
      marks: true,
      dateStep: 1000,
      exact: true,
      shown: wireLines,
      refuses: (body) => body.length === 0,
      ...limits,
    },
    close: async () => {
      await store.close();
      await client.close();
    },
  };
}
