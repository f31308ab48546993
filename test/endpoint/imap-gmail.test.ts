/** Gmail as a source by plain IMAP: a Dovecot with Gmail's folders, behind a front that adds Gmail's labels. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ItemStore } from "../../src/contract/item-store.ts";
import { createWorld, shown, type Wish, type World } from "../content/world.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { startGmailFront } from "../servers/gmail-front.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";
import { without } from "../servers/packages.ts";
import { openStore, specOf } from "./imap.ts";

const date = Date.UTC(2020, 4, 1, 12);
const letter = (token: string): Buffer =>
  Buffer.from(
    `Message-ID: <${token}@example.com>\r\nFrom: bo@example.com\r\nSubject: ${token}\r\nDate: Fri, 1 May 2020 12:00:00 +0000\r\n\r\ntoken=${token};\r\n`,
  );

/** Gmail's folders; the separator of names is Gmail's, too. */
const folders = `namespace inbox {
  mailbox "[Gmail]/All Mail" {
    special_use = \\All
    auto = create
  }
  mailbox "[Gmail]/Sent Mail" {
    special_use = \\Sent
    auto = create
  }
}
`;

describe.skipIf(without("dovecot"))("Gmail by IMAP", () => {
  let server: Dovecot;
  let front: Awaited<ReturnType<typeof startGmailFront>>;
  let client: ImapClient;
  let world: World;
  /** By UID of All Mail. */
  const labels = new Map<number, string>();
  const allMail = "[Gmail]/All Mail";

  beforeAll(async () => {
    server = await startDovecot({ capability: "+X-GM-EXT-1", specialUse: "none", extra: folders });
    front = await startGmailFront(server.port, (uid) => labels.get(uid) ?? "");
  });
  afterAll(() => Promise.all([front?.stop(), server?.stop()]));
  beforeEach(async () => {
    world = await createWorld();
    client = await connectImap(server);
    await client.login("ana", "secret");
    await client.create("Work").catch(() => undefined);
  });
  afterEach(async () => {
    await client.close();
    await world.close();
  });

  /** As Gmail shows it: in All Mail, and in the folder of each of its labels. */
  async function put(token: string, ...names: readonly string[]): Promise<number> {
    const folderOf: Readonly<Record<string, string>> = { "\\Inbox": "INBOX", "\\Sent": "[Gmail]/Sent Mail" };
    const uid = (await client.append(allMail, letter(token), ["\\Seen"], date)) ?? 0;
    const shownNames = names.filter((name) => !["\\Starred", "\\Important", "Hidden"].includes(name));
    for (const name of shownNames) await client.append(folderOf[name] ?? name, letter(token), ["\\Seen"], date);
    labels.set(uid, names.map((name) => `"${name.replaceAll("\\", "\\\\")}"`).join(" "));
    return uid;
  }

  async function pass(wish: Wish = {}): Promise<void> {
    const store: ItemStore = await openStore(specOf(front), "ana", "source");
    try {
      const { fault } = await world.pass({ ...wish, wrap: { source: () => store } });
      expect(fault).toBeUndefined();
    } finally {
      await store.close();
    }
  }

  it("brings what has no label as the archive, everything else from the folders that show it, and nothing twice", async () => {
    await put("inbox", "\\Inbox", "\\Important");
    await put("sent", "\\Sent");
    await put("filed", "Work", "\\Starred");
    const archived = await put("archived", "\\Important");
    await put("hidden", "Hidden");
    await pass();
    expect(shown(world.destination)).toEqual([
      "INBOX: inbox[\\Seen]",
      "Work: filed[\\Seen]",
      "[Gmail]/All Mail: archived[\\Seen]",
      "[Gmail]/All Mail: hidden[\\Seen]",
      "[Gmail]/Sent Mail: sent[\\Seen]",
    ]);
    expect(front.asked.length).toBeGreaterThan(0);

    // Filed later: it leaves the archive for its folder.
    labels.set(archived, '"Work"');
    await client.store(allMail, archived, "FLAGS", ["\\Seen", "\\Flagged"]);
    await client.append("Work", letter("archived"), ["\\Seen"], date);
    await pass({ mode: "mirror" });
    expect(shown(world.destination).filter((line) => line.includes("archived"))).toEqual(["Work: archived[\\Seen]"]);
  });

  it("leaves All Mail alone at a destination", async () => {
    const store = await openStore(specOf(front), "ana", "destination");
    const { places } = await store.look({ signal: new AbortController().signal });
    expect(places.find(({ id }) => id === allMail)).toMatchObject({ optional: true });
    await store.close();
  });
});
