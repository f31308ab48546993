import type { Clock } from "../../../contract/endpoint.ts";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import type { Rounds } from "../../http/round.ts";
import { type Answered, answeredOf, isDone, textOf } from "../answer.ts";
import type { Mailbox } from "./mailbox.ts";

/** Milliseconds before its end at which a session is no longer begun with. */
const margin = 60_000;

/** Answers that say that a session is no good any more: nothing was done. */
const ended = new Set([401, 403, 404, 410]);

/** Milliseconds in which so many octets must have gone, in whatever they are wrapped: two minutes, and 20 KB a second. */
export const timeFor = (octets: number): number => 120_000 + Math.ceil(octets / 20);

/** One item to be imported: its folder, and its octets as they were exported. */
interface Import {
  readonly folder: string;
  readonly data: Uint8Array;
}

/** Where items are imported to: a URL that needs no login, for some time (Microsoft Graph, mailboxItemImportSession). */
export interface ImportSession {
  /** Sends one item; in a new session where the last is over. The answer, whatever it is; throws what `Rounds` throw. */
  send(item: Import, options: Options): Promise<Answered>;
}

export interface SessionSettings {
  readonly about: string;
  readonly mailbox: Mailbox;
  /** By which the items themselves are sent: without a token. */
  readonly rounds: Rounds;
  readonly clock: Clock;
  /** Where Exchange Online is: nothing is sent elsewhere. */
  readonly outlook: string;
  /** The mailbox as Exchange calls it. */
  readonly id: (options: Options) => Promise<string>;
}

interface Opened {
  readonly url: string;
  readonly until: number;
}

export function createImportSession(settings: SessionSettings): ImportSession {
  const { mailbox, rounds, clock } = settings;
  let session: Promise<Opened> | undefined;

  async function open(options: Options): Promise<Opened> {
    const path = `/admin/exchange/mailboxes/${encodeURIComponent(await settings.id(options))}/createImportSession`;
    // One that nobody heard of is never used.
    const call = { ...mailbox.call("/"), path, method: "POST", repeatable: true } as const;
    const answered = await mailbox.graph.send(call, options);
    if (!isDone(answered)) throw mailbox.refusal(answered, "Beginning an import");
    const url = textOf(answered.body["importUrl"]) ?? "";
    const until = Date.parse(textOf(answered.body["expirationDateTime"]) ?? "");
    return { url: ownUrl(url, settings), until: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until };
  }

  async function current(options: Options): Promise<Opened> {
    const mine = session ?? open(options);
    session = mine;
    mine.catch(() => {
      if (session === mine) session = undefined;
    });
    const opened = await mine;
    if (clock.now() < opened.until - margin) return opened;
    if (session === mine) session = undefined;
    return session === undefined ? (session = open(options)) : session;
  }

  function post({ url }: Opened, { folder, data }: Import, { signal }: Options): Promise<Answered> {
    const once = async (_: string, during: AbortSignal): Promise<Answered> => {
      const body = JSON.stringify({ FolderId: folder, Mode: "create", Data: Buffer.from(data).toString("base64") });
      const headers = { "content-type": "application/json", "accept-language": "en-US" };
      const response = await fetch(url, { method: "POST", headers, body, signal: during });
      return answeredOf(response.status, response.headers, new Uint8Array(await response.arrayBuffer()));
    };
    const charges = [{ name: `mailbox:${mailbox.user}` }, { name: `upload:${mailbox.user}`, units: data.length }];
    const facts = { what: "POST importItem", repeatable: false, charges, timeout: timeFor(data.length) } as const;
    return rounds.run({ ...facts, spoils: "item", once }, signal);
  }

  return {
    async send(item, options) {
      const first = await current(options);
      const answered = await post(first, item, options);
      if (!ended.has(answered.status)) return answered;
      if (session !== undefined && (await session.catch(() => undefined)) === first) session = undefined;
      return post(await current(options), item, options);
    },
  };
}

/** The URL holds what lets anybody write to the mailbox: it is told nobody, and mail is sent to Exchange Online alone. */
function ownUrl(url: string, { outlook, about }: SessionSettings): string {
  const here = URL.canParse(url) ? new URL(url) : undefined;
  if (here !== undefined && here.origin === new URL(outlook).origin) return url;
  throw new Fault({
    code: "answer.foreign",
    message: `An import is said to go elsewhere than to ${outlook}`,
    spoils: "endpoint",
    about,
    remedy: "look at `services`: they are those of this tenant's cloud",
  });
}
