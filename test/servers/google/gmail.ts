/** Mailboxes with the state that Gmail keeps: labels, messages that have several of them, and a history that ends. */
import type { Buffer } from "node:buffer";
import type { Clock } from "../../../src/contract/endpoint.ts";

export interface FakeMessage {
  readonly id: string;
  readonly raw: Buffer;
  readonly labels: Set<string>;
  internalDate: number;
  historyId: number;
  /** When the search knows it. */
  readonly found: number;
}

export interface FakeLabel {
  readonly id: string;
  name: string;
  readonly type: "system" | "user";
}

type EventKind = "messagesAdded" | "messagesDeleted" | "labelsAdded" | "labelsRemoved";

export interface FakeEvent {
  readonly id: number;
  readonly kind: EventKind;
  readonly message: string;
  /** The message's labels after it. */
  readonly labels: readonly string[];
  /** What was added or removed. */
  readonly changed: readonly string[];
}

export interface FakeMailbox {
  readonly user: string;
  readonly labels: Map<string, FakeLabel>;
  readonly messages: Map<string, FakeMessage>;
  readonly history: FakeEvent[];
  readonly drafts: Map<string, string>;
  historyId(): number;
  /** The history before is gone. */
  forget(): void;
  readonly floor: () => number;
  label(name: string): FakeLabel;
  add(raw: Buffer, labels: readonly string[], internalDate: number): FakeMessage;
  relabel(message: FakeMessage, add: readonly string[], remove: readonly string[]): void;
  remove(message: FakeMessage): void;
  /** What `sizeEstimate` says beside the octets; 0 by default. */
  estimate: number;
  /** Milliseconds after which the search knows a message. */
  searchLag: number;
}

const system = [
  "INBOX",
  "SENT",
  "DRAFT",
  "SPAM",
  "TRASH",
  "STARRED",
  "UNREAD",
  "IMPORTANT",
  "CHAT",
  "CATEGORY_PERSONAL",
];

let ids = 0;

export function createFakeMailbox(user: string, clock: Pick<Clock, "now">): FakeMailbox {
  const labels = new Map<string, FakeLabel>(system.map((id) => [id, { id, name: id, type: "system" }]));
  const messages = new Map<string, FakeMessage>();
  const history: FakeEvent[] = [];
  let [count, floor, labelCount] = [100, 0, 0];
  const note = (kind: EventKind, message: FakeMessage, changed: readonly string[]): void => {
    count += 7;
    message.historyId = count;
    history.push({ id: count, kind, message: message.id, labels: [...message.labels], changed });
  };
  const mailbox: FakeMailbox = {
    user,
    labels,
    messages,
    history,
    drafts: new Map(),
    estimate: 0,
    searchLag: 0,
    historyId: () => count,
    floor: () => floor,
    forget: () => {
      count += 7;
      floor = count;
    },
    label(name) {
      const known = [...labels.values()].find((label) => label.name.toLowerCase() === name.toLowerCase());
      if (known !== undefined) return known;
      const label: FakeLabel = { id: `Label_${(labelCount += 1)}`, name, type: "user" };
      labels.set(label.id, label);
      return label;
    },
    add(raw, ids_, internalDate) {
      const id = (0x18c0000000000000n + BigInt((ids += 1))).toString(16);
      const message = {
        id,
        raw,
        labels: new Set(ids_),
        internalDate,
        historyId: 0,
        found: clock.now() + mailbox.searchLag,
      };
      messages.set(id, message);
      note("messagesAdded", message, []);
      return message;
    },
    relabel(message, add, remove) {
      const added = add.filter((id) => !message.labels.has(id));
      const removed = remove.filter((id) => message.labels.has(id));
      for (const id of added) message.labels.add(id);
      for (const id of removed) message.labels.delete(id);
      if (added.length > 0) note("labelsAdded", message, added);
      if (removed.length > 0) note("labelsRemoved", message, removed);
    },
    remove(message) {
      messages.delete(message.id);
      note("messagesDeleted", message, []);
    },
  };
  return mailbox;
}
