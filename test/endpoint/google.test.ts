/** What a Google endpoint says of itself: who has mail, what check finds, and how it is put together with IMAP. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckRequest, MailboxSight } from "../../src/contract/check.ts";
import type { Endpoint } from "../../src/contract/endpoint.ts";
import { open } from "../../src/endpoint/google/index.ts";
import { collect } from "../contract/collect.ts";
import { described, specOf, startWorkspace, type Workspace } from "./google.ts";
import { user } from "./google-mail.ts";

const options = { signal: new AbortController().signal };
let workspace: Workspace;

beforeEach(async () => {
  workspace = await startWorkspace();
  workspace.fake.directory.domains.set("example.com", true);
});
afterEach(async () => {
  await workspace.fake.stop();
  described(workspace.fake);
});

function request(
  use: "source" | "destination",
  ...users: string[]
): { readonly request: CheckRequest; readonly sights: MailboxSight[] } {
  const sights: MailboxSight[] = [];
  const mailboxes = users.map((each) => ({
    address: `mailbox/${each}` as const,
    owner: { user: each },
    chosen: () => new Set<string>(),
  }));
  return { request: { use, mailboxes, seen: (sight) => void sights.push(sight) }, sights };
}

describe("check", () => {
  it("says how much is in a mailbox, which labels are which folders, and what the API does not bring", async () => {
    workspace.fake.mailbox(user).add(Buffer.from("Subject: a\r\n\r\nb"), ["INBOX"], 0);
    const { request: asked, sights } = request("destination", user);
    const findings = await collect((await workspace.open()).check(asked, options));
    expect(sights).toMatchObject([
      { address: `mailbox/${user}`, holds: { messages: 1 }, marks: ["\\Seen", "\\Flagged"] },
    ]);
    const told = new Map(findings.map((finding) => [finding.code, finding]));
    expect(told.get("google.labels")?.message).toContain("[Gmail]/Sent Mail is SENT");
    expect(told.get("google.marks")).toMatchObject({
      severity: "warning",
      remedy: expect.stringContaining("by: imap"),
    });
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("names the scope that mail lacks once, and tells mailboxes whose accounts are yet to be made from broken ones", async () => {
    const asked = request("source", user, "bo@example.com").request;
    workspace.fake.grants.granted = new Set();
    const lacking = await collect((await workspace.open({ readOnly: true })).check(asked, options));
    const scopes = lacking
      .filter(({ code }) => code === "scope.missing")
      .map(({ message }) => /\S+/.exec(message)?.[0]);
    expect(scopes.filter((scope) => scope?.includes("gmail"))).toEqual([
      "https://www.googleapis.com/auth/gmail.readonly",
    ]);
    workspace.fake.grants.granted = undefined;
    const off = await collect((await workspace.open()).check(asked, options));
    expect(off.filter(({ code }) => code === "mailbox.absent").map(({ about }) => about)).toEqual([
      "mailbox/ana@example.com",
      "mailbox/bo@example.com",
    ]);
  });
});

describe("owners", () => {
  it("are all users with a mailbox; a suspended one cannot be opened, and the reason is told", async () => {
    const create = async (name: string, fields: object) => {
      const want = { kind: "account", name, address: `account/${name}`, labels: {}, fields } as const;
      await endpoint.directory.account?.write?.(
        [{ key: name, act: "create", want, precondition: { absent: true } } as never],
        options,
      );
    };
    const endpoint: Endpoint = await workspace.open();
    await create("ana@example.com", {});
    await create("bo@example.com", { enabled: false });
    expect(await collect(endpoint.owners?.(options))).toEqual([
      { user: "ana@example.com" },
      { user: "bo@example.com", flaw: "it is suspended" },
    ]);
  });
});

describe("mail by IMAP", () => {
  it("is had from the imap endpoint, with the service account's tokens", async () => {
    const mail = {
      directory: {},
      items: { message: async () => ({}) as never },
      check: async function* () {},
      close: async () => {},
    };
    const asked: unknown[] = [];
    const other = async (spec: unknown) => {
      asked.push(spec);
      return mail;
    };
    const context = {
      secret: async () => workspace.fake.key,
      open: other,
      emit: () => {},
      clock: workspace.clock,
      signal: options.signal,
    };
    const endpoint = await open("google", specOf(workspace.fake, { mail: { by: "imap" } }), {
      ...context,
      budget: {} as never,
    });
    expect(asked).toEqual([
      {
        type: "imap",
        provider: "gmail",
        auth: { method: "oauth2", serviceAccount: { env: "GOOGLE_KEY" }, scope: "https://mail.google.com/" },
      },
    ]);
    expect(endpoint.items.message).toBe(mail.items.message);
    expect(Object.keys(endpoint.directory)).toEqual(["domain", "account", "list", "alias"]);
  });
});
