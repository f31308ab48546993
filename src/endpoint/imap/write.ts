import type { Buffer } from "node:buffer";
import type { Budget } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault, interrupted, recordOf } from "../../model/fault.ts";
import type { NewItem, Place, PlaceId, Receipt } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { refusal } from "./faults.ts";
import { createLineEnds } from "./lines.ts";
import { mailboxName } from "./names.ts";
import { freeSpace } from "./quota.ts";
import { createSpool } from "../spool/spool.ts";
import { type Command, countOf, dateTime, type Literal, runsOf } from "./wire/command.ts";
import type { Response } from "./wire/response.ts";

/** What an APPEND needs to know of its folder. */
export interface Target {
  readonly line: Line;
  readonly place: PlaceId;
  /** The name on the wire. */
  readonly name: string;
  /** UIDVALIDITY, where it is known: ids of another one are not believed. */
  readonly validity: string | undefined;
  readonly marks: Place["marks"];
  readonly budget: Budget;
}

/** A message ready for the wire. */
interface Ready {
  readonly key: string;
  readonly date: number;
  readonly flags: readonly string[];
  readonly literal: Literal;
  discard(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

function wrong(item: NewItem, code: string, message: string, remedy: string): Fault {
  return new Fault({ code, message, spoils: "item", retry: "later", about: item.place, remedy });
}

/** Every refusal that needs no server. */
function flawOf(item: NewItem, size: number, sent: number, nul: boolean, { abilities }: Line): Fault | undefined {
  if (size !== item.size)
    return wrong(item, "item.size", `The message has ${size} octets, and ${item.size} were announced`, "run again");
  // A literal of no octets takes the append back (RFC 3502), and is no message.
  if (size === 0) return wrong(item, "item.empty", "The message has no octets", "leave it out by `messages.skip`");
  if (abilities.appendLimit !== undefined && sent > abilities.appendLimit) {
    const message = `The message has ${sent} octets; the server takes ${abilities.appendLimit} (APPENDLIMIT)`;
    return wrong(item, "item.tooLarge", message, "raise the server's limit and run again, or leave the message out");
  }
  if (nul && !abilities.binary)
    return wrong(
      item,
      "item.nul",
      "The message holds NUL, which this server cannot take",
      "leave it out by `messages.skip`",
    );
  return undefined;
}

// oxlint-disable-next-line no-control-regex -- an atom holds no controls, blanks, specials or eight bits (RFC 3501, section 9)
const flagAtom = /^\\?[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/;

/** Keywords that can stand in a command (RFC 3501, flag-keyword), as far as the folder keeps them. */
function flagsOf(marks: readonly string[], kept: Place["marks"]): readonly string[] {
  const permitted = kept === "any" ? undefined : new Set(kept.map((mark) => mark.toLowerCase()));
  return marks.filter(
    (mark) =>
      mark.toLowerCase() !== "\\recent" &&
      flagAtom.test(mark) &&
      (permitted === undefined || permitted.has(mark.toLowerCase())),
  );
}

async function readyOf(item: NewItem, { line, marks }: Target): Promise<Ready> {
  const lines = createLineEnds();
  const facts = { key: item.key, date: item.date, flags: flagsOf(item.marks, marks) };
  const canonical = item.canonical === true;
  if (item.body instanceof Uint8Array) {
    const body = canonical ? item.body : lines(item.body);
    const nul = !canonical && body.includes(0);
    const flaw = flawOf(item, item.body.length, body.length, nul, line);
    if (flaw !== undefined) throw flaw;
    return { ...facts, literal: { size: body.length, body, octets8: nul }, discard: nothing };
  }
  const { body: stream } = item;
  if (canonical) {
    const flaw = flawOf(item, item.size, item.size, false, line);
    if (flaw !== undefined) throw flaw;
    return {
      ...facts,
      literal: { size: item.size, body: stream, owned: true },
      discard: async () => void stream.destroy(),
    };
  }
  const spool = await createSpool();
  try {
    let size = 0;
    let nul = false;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      nul ||= chunk.includes(0);
      await spool.add(lines(chunk));
    }
    const flaw = flawOf(item, size, spool.size, nul, line);
    if (flaw !== undefined) throw flaw;
    return {
      ...facts,
      literal: { size: spool.size, body: spool.stream(), owned: true, octets8: nul },
      discard: spool.discard,
    };
  } catch (thrown) {
    await spool.discard();
    throw thrown;
  }
}

/** `APPEND folder (flags) "date" {n+}…`, with more messages behind where the server takes several (RFC 3502). */
function appendOf(target: Target, messages: readonly Ready[]): Command {
  const { line, name } = target;
  const { utf8 } = line.abilities;
  const parts = messages.flatMap(({ flags, date, literal }): Command => [
    ` (${flags.join(" ")}) ${dateTime(date)} ${utf8 ? "UTF8 (" : ""}`,
    utf8 ? { ...literal, octets8: true } : literal,
    ...(utf8 ? [")"] : []),
  ]);
  return ["APPEND ", mailboxName(name, utf8), ...parts];
}

/** Ids from APPENDUID (RFC 4315), where its UIDVALIDITY and its count fit; in the order of the messages. */
function idsOf({ code }: Response, count: number, validity: string | undefined): readonly (string | undefined)[] {
  const unknown = Array.from({ length: count }, () => undefined);
  const [epoch = "", set = ""] = code?.name === "APPENDUID" ? code.rest.split(" ") : [];
  if (set === "" || (validity !== undefined && epoch !== validity) || countOf(set) !== count) return unknown;
  return runsOf(set).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at)));
}

function receiptsOf(target: Target, messages: readonly Ready[], done: Response): readonly Receipt[] {
  const ids = idsOf(done, messages.length, target.validity);
  return messages.map(({ key, flags }, at) => {
    const id = ids[at];
    return { key, marks: flags, ...(id === undefined ? {} : { id }) };
  });
}

/** A full quota spoils the mailbox and not the message, unless a smaller one would still fit. */
async function refusalOf(target: Target, { literal }: Ready, done: Response): Promise<Fault> {
  const said = { code: done.code?.name, text: done.text };
  const fault = refusal(said, "Appending a message", target.place, "item");
  if (fault.code !== "mailbox.full") return fault;
  const free = await freeSpace(target.line, target.name).catch(() => undefined);
  const fits = free !== undefined && free.bytes >= Math.min(literal.size, roomForOthers) && free.messages > 0;
  return refusal(said, "Appending a message", target.place, fits ? "item" : "mailbox");
}

/** While so many octets are free, other messages may still fit. */
const roomForOthers = 256 * 1024;

async function append(target: Target, messages: readonly Ready[]): Promise<readonly Receipt[]> {
  const done = await target.line.wire.run(appendOf(target, messages));
  if (done.name === "OK") return receiptsOf(target, messages, done);
  const [only, more] = messages;
  if (only === undefined) return [];
  const fault = await refusalOf(target, only, done);
  if (fault.spoils === "place" || typeof fault.retry === "object") throw fault;
  // Which of several was refused, nobody is told: they come again in halves.
  if (more !== undefined) throw refusal({ code: done.code?.name, text: done.text }, "Appending", target.place, "item");
  return [{ key: only.key, fault: recordOf(fault) }];
}

/**
 * Writes a batch: all of it in one command or none, where the server takes several messages at once; else one by one, sent together
 * where it need not be waited for.
 */
export async function writeItems(
  target: Target,
  items: readonly NewItem[],
  { signal }: Options,
): Promise<readonly Receipt[]> {
  if (signal.aborted) throw interrupted();
  const ready: Ready[] = [];
  const receipts: Receipt[] = [];
  const wholly = target.line.abilities.multiappend && items.length > 1;
  try {
    for (const item of items) {
      const one = await readyOf(item, target).catch((thrown: unknown) => {
        if (wholly || !(thrown instanceof Fault)) throw thrown;
        return thrown;
      });
      if (one instanceof Fault) receipts.push({ key: item.key, fault: recordOf(one) });
      else ready.push(one);
    }
    const bytes = ready.reduce((sum, { literal }) => sum + literal.size, 0);
    await target.budget.charge({ messages: ready.length, bytes }, signal);
    const sent = wholly ? [append(target, ready)] : ready.map((one) => append(target, [one]));
    const outcomes = await Promise.allSettled(sent);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
      receipts.push(...outcome.value);
    }
    return receipts;
  } finally {
    await Promise.all(ready.map((one) => one.discard()));
  }
}
