/** Hands on a mailbox of the fake, past the store, and a subject for the contract of item stores. */
import { Buffer } from "node:buffer";
import type { ItemStore } from "../../src/contract/item-store.ts";
import type { Hands, Outside, Subject } from "../contract/item-store.ts";
import type { FakeMailbox, FakeMessage } from "../servers/google/gmail.ts";
import { described, startWorkspace, type Workspace } from "./google.ts";

export const user = "ana@example.com";

export async function openMail(
  workspace: Workspace,
  spec: Parameters<Workspace["open"]>[0] = {},
  use: "source" | "destination" = "destination",
): Promise<ItemStore> {
  const open = (await workspace.open(spec)).items.message;
  if (open === undefined) throw new Error("no mail");
  return open({ user }, { use, signal: new AbortController().signal });
}

const system: Readonly<Record<string, string>> = {
  INBOX: "INBOX",
  "[Gmail]/Sent Mail": "SENT",
  "[Gmail]/Trash": "TRASH",
  "[Gmail]/Spam": "SPAM",
};

/** The label of a path; none for the archive. */
function labelAt(mailbox: FakeMailbox, path: readonly string[]): readonly string[] {
  const name = path.join("/");
  return name === "[Gmail]/Archive" ? [] : [system[name] ?? mailbox.label(name).id];
}

const labelsOf = (marks: readonly string[]): readonly string[] => [
  ...(marks.includes("\\Seen") ? [] : ["UNREAD"]),
  ...(marks.includes("\\Flagged") ? ["STARRED"] : []),
];

const shownMarks = ({ labels }: FakeMessage): readonly string[] => [
  ...(labels.has("UNREAD") ? [] : ["\\Seen"]),
  ...(labels.has("STARRED") ? ["\\Flagged"] : []),
];

function within(mailbox: FakeMailbox, path: readonly string[]): readonly FakeMessage[] {
  const [id = ""] = labelAt(mailbox, path);
  return [...mailbox.messages.values()].filter(
    ({ labels }) => labels.has(id) && (id === "TRASH" || !labels.has("TRASH")),
  );
}

function handsOn(mailbox: FakeMailbox): Hands {
  const find = (path: readonly string[], body: Uint8Array): FakeMessage => {
    const found = within(mailbox, path).find(({ raw }) => raw.equals(body));
    if (found === undefined) throw new Error("no such message");
    return found;
  };
  return {
    folder: async (path) => void path.forEach((_, depth) => mailbox.label(path.slice(0, depth + 1).join("/"))),
    put: async (path, { body, date, marks }) =>
      void mailbox.add(body, [...labelAt(mailbox, path), ...labelsOf(marks)], Math.floor(date / 1000) * 1000),
    list: async (path) =>
      within(mailbox, path).map((message): Outside => ({
        body: message.raw,
        date: message.internalDate,
        marks: shownMarks(message),
      })),
    remove: async (path, body) => mailbox.remove(find(path, body)),
    flag: async (path, body, marks) =>
      mailbox.relabel(
        find(path, body),
        labelsOf(marks),
        ["UNREAD", "STARRED"].filter((id) => !labelsOf(marks).includes(id)),
      ),
  };
}

/** Gmail holds two marks, seconds, and no empty message; header fields come unfolded. */
export async function mailSubject(spec: Parameters<Workspace["open"]>[0] = {}): Promise<Subject> {
  const workspace = await startWorkspace();
  const mailbox = workspace.fake.mailbox(user);
  return {
    store: await openMail(workspace, spec),
    hands: handsOn(mailbox),
    again: () => openMail(workspace, spec),
    limits: {
      marks: ["\\Seen", "\\Flagged"],
      dateStep: 1000,
      exact: true,
      refuses: (body: Buffer) => body.length === 0,
      path: ["Déjà vu", "a.b", "c d~"],
      header: (block) =>
        Buffer.from(
          block
            .toString("latin1")
            .replace(/\r?\n([ \t])/g, "$1")
            .replace(/\r?\n/g, "\r\n"),
          "latin1",
        ),
    },
    async close() {
      await workspace.fake.stop();
      described(workspace.fake);
    },
  };
}
