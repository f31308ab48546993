/** IMAP with a Google service account: a real Dovecot that asks whose a token is, and a token endpoint that knows the account's key. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { systemClock } from "../../src/endpoint/clock.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type FakeGoogle, startFakeGoogle } from "../servers/google/fake.ts";
import { type Introspection, startIntrospection } from "../servers/introspection.ts";
import { without } from "../servers/packages.ts";
import { contextOf, specOf } from "./imap.ts";

const options = { signal: new AbortController().signal };
const scope = "https://mail.google.com/";

describe.skipIf(without("dovecot"))("logging in as a service account", () => {
  let server: Dovecot;
  let google: FakeGoogle;
  let introspection: Introspection;
  const stores: ItemStore[] = [];

  beforeAll(async () => {
    introspection = await startIntrospection();
    google = await startFakeGoogle({ clock: systemClock });
    google.grants.known = (user) => user === "ana" || user === "bo";
    server = await startDovecot({ users: { ana: "secret", bo: "secret" }, tokensAt: introspection.url });
  });
  afterEach(async () => {
    google.grants.granted = undefined;
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(() => Promise.all([server?.stop(), google?.stop(), introspection?.stop()]));

  /** The next token is good for this user at the mail server. */
  const accept = (user: string): string => {
    const token = `ya29.${google.grants.issued() + 1}-${user}`;
    introspection.accept(token, user);
    return token;
  };

  async function endpoint() {
    const serviceAccount = { env: "key" };
    const context = contextOf({ secret: async () => google.key });
    const { items } = await open("mail", specOf(server, { auth: { method: "oauth2", serviceAccount } }), context);
    return async (user: string): Promise<ItemStore> => {
      const store = await items.message?.({ user }, { ...options, use: "destination" });
      if (store === undefined) throw new Error("no mail");
      stores.push(store);
      return store;
    };
  }

  it("each user's mailbox is opened with a token of its own, asked for once", async () => {
    const enter = await endpoint();
    const before = google.grants.issued();
    for (const user of ["ana", "bo"]) {
      const token = accept(user);
      for (let times = 0; times < 2; times += 1) await (await enter(user)).look(options);
      expect(introspection.asked).toContain(token);
    }
    expect(google.grants.issued() - before).toBe(2);
  });

  it("a token that was revoked is replaced by a new one", async () => {
    const enter = await endpoint();
    const old = accept("ana");
    await (await enter("ana")).look(options);
    introspection.revoke(old);
    accept("ana");
    expect((await (await enter("ana")).look(options)).places.length).toBeGreaterThan(0);
  });

  it("a user that is not there spoils his own mailbox; a scope that is missing is told with the page where it is granted", async () => {
    const enter = await endpoint();
    const opening = async (user: string) => (await enter(user)).look(options);
    await expect(opening("nobody")).rejects.toMatchObject({ code: "token.refused", spoils: "mailbox" });
    google.grants.granted = new Set();
    await expect(opening("ana")).rejects.toMatchObject({
      code: "scope.missing",
      message: expect.stringContaining(scope),
      remedy: expect.stringMatching(/1029384756.*Domain-wide delegation/u),
    });
  });
});
