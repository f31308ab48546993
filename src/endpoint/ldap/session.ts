import { Buffer } from "node:buffer";
import { Ber, BerReader, type Filter, PagedResultsControl, SearchRequest } from "ldapts";
import type { OpenContext } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import { connect, type Login } from "./connect.ts";
import { createEntry, type Entry } from "./entry.ts";
import { present } from "./filter.ts";
import { type Attempt, resultFault } from "./faults.ts";
import type { Server } from "./settings.ts";
import type { RawEntry, Result } from "./wire/decode.ts";
import type { Line, Request, Takers } from "./wire/line.ts";
import { completed, isPartial, Unsteady } from "./wire/whole.ts";

/** What is looked for. */
interface Query {
  readonly base: string;
  readonly scope?: "base" | "one" | "sub";
  readonly filter?: Filter;
  /** Only these are asked for: an attribute that is computed, as memberOf may be, is slow. */
  readonly attributes: readonly string[];
  /** As the beginning of a sentence, for faults: `Reading accounts`. */
  readonly what: string;
}

/** What the server says of itself in its root (RFC 4512, 5.1). */
interface Root {
  readonly entry: Entry;
  readonly controls: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
}

/** One directory to talk to: a line that is there while it is used, and everything that is asked on it. */
export interface Session {
  readonly server: Server;
  /** Looked at once. */
  root(options: Options): Promise<Root>;
  /**
   * All that is found, each as `take` makes it, without those that it makes nothing of. Complete, or throws `read.incomplete`. It is
   * begun anew once where the line breaks.
   */
  search<T>(query: Query, take: (entry: Entry) => T | undefined, options: Options): Promise<readonly T[]>;
  /** The result of one request that is no search, whatever its code; sent once. */
  ask(request: Request, options: Options, takers?: Takers): Promise<Result>;
  /** Holds one line for as long as the work takes: what is asked meanwhile goes over it. */
  during<T>(work: () => Promise<T>, options: Options): Promise<T>;
}

/** Pages (RFC 2696). */
export const pagesControl = PagedResultsControl.type;
/** Where a server refuses pages for their size, they are halved down to this. */
const smallestPage = 10;

interface Facts {
  readonly server: Server;
  readonly login: () => Promise<Login>;
  readonly pageSize: number;
  /** References that lead to nothing of ours. */
  readonly ownPartitions?: RegExp | undefined;
  readonly context: Pick<OpenContext, "budget" | "emit">;
}

export function createSession({ server, login, pageSize, ownPartitions, context }: Facts): Session {
  const { budget, emit } = context;
  const lines = createLines(async (signal) => {
    const release = await budget.connection(signal);
    try {
      return { line: await connect(server, await login(), signal), release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  });
  const told = new Set<string>();
  let size = pageSize;
  let rooted: Promise<Root> | undefined;
  /** A server keeps one paged search a connection: a second one would end the first (OpenLDAP, Active Directory). */
  let lane: Promise<unknown> = Promise.resolve();

  function tellOnce(code: string, message: string, remedy: string): void {
    if (told.has(message)) return;
    told.add(message);
    emit({ type: "finding", finding: { code, severity: "warning", about: server.about, message, remedy } });
  }

  const unreadable = (dn: string, attribute: string): void =>
    tellOnce(
      "value.unreadable",
      `A value of ${attribute} at ${dn} is no UTF-8; it is taken as not there`,
      "correct the entry, or map the field to another attribute",
    );

  function tellReferences(urls: ReadonlySet<string>, { base }: Query): void {
    if (urls.size === 0) return;
    tellOnce(
      "referral.ignored",
      `What is below ${base} is partly on other servers, and is not read: ${[...urls].slice(0, 3).join(", ").slice(0, 300)}`,
      "name those servers as endpoints of their own, if what they hold is wanted",
    );
  }

  async function ask(line: Line, request: Request, { signal }: Options, takers?: Takers): Promise<Result> {
    const before = line.received;
    await budget.charge({ messages: 1 }, signal);
    const result = await line.ask(request, signal, takers);
    await budget.charge({ bytes: line.received - before }, signal);
    return result;
  }

  async function page(line: Line, query: Query, cookie: Buffer | undefined, options: Options): Promise<Page> {
    const entries: RawEntry[] = [];
    const references: string[] = [];
    const request = new SearchRequest({
      messageId: 0,
      baseDN: query.base,
      scope: query.scope ?? "sub",
      filter: query.filter ?? present("objectClass"),
      attributes: [...query.attributes],
      // The library would have the server give up after ten seconds.
      timeLimit: 0,
      controls: cookie === undefined ? [] : [new PagedResultsControl({ value: { size, cookie }, critical: true })],
    });
    const result = await ask(line, request, options, {
      entry: (entry) => entries.push(entry),
      references: (urls) => references.push(...urls),
    });
    return { entries, references, result, cookie: cookieOf(result) };
  }

  const whole = (line: Line, raw: RawEntry, query: Query, options: Options): Promise<RawEntry> =>
    completed(raw, async (attributes) => {
      const one: Query = { ...query, base: raw.dn, scope: "base", attributes, filter: present("objectClass") };
      const { entries, result } = await page(line, one, undefined, options);
      // It is gone.
      if (result.code === 32) return undefined;
      if (result.code !== 0) throw resultFault(result, attemptOf(one, server));
      return entries[0];
    }).catch((thrown: unknown) => {
      throw thrown instanceof Unsteady ? unsteady(query, raw, server) : thrown;
    });

  /** One whole reading on one line. */
  async function readThrough<T>(
    line: Line,
    query: Query,
    take: (entry: Entry) => T | undefined,
    options: Options,
  ): Promise<readonly T[]> {
    const { controls } = query.scope === "base" ? { controls: new Set<string>() } : await root(options);
    const taken: T[] = [];
    const references = new Set<string>();
    let cookie: Buffer | undefined = controls.has(pagesControl) ? Buffer.alloc(0) : undefined;
    let coming = page(line, query, cookie, options);
    for (;;) {
      const { entries, result, ...more } = await coming;
      if (
        result.code !== 0 &&
        isTooLarge(result) &&
        cookie?.length === 0 &&
        size > smallestPage &&
        entries.length === 0
      ) {
        size = Math.max(smallestPage, Math.floor(size / 2));
        coming = page(line, query, cookie, options);
        continue;
      }
      if (result.code !== 0) throw resultFault(result, attemptOf(query, server));
      for (const url of more.references) if (ownPartitions?.test(url) !== true) references.add(url);
      const next = more.cookie?.length === 0 ? undefined : more.cookie;
      // A page may be empty and not the last (RFC 2696, 3); one that leads to itself leads nowhere.
      if (next !== undefined && entries.length === 0 && cookie?.equals(next) === true) throw stuck(query, server);
      // The server makes the next page while this one is looked at; a fault of it is told when its turn comes.
      if (next !== undefined) (coming = page(line, query, next, options)).catch(() => undefined);
      for (const raw of entries) {
        const entry = isPartial(raw) ? await whole(line, raw, query, options) : raw;
        const one = take(createEntry(entry, unreadable));
        if (one !== undefined) taken.push(one);
      }
      if (next === undefined) break;
      cookie = next;
    }
    tellReferences(references, query);
    return taken;
  }

  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const next = lane.then(work, work);
    lane = next.catch(() => undefined);
    return next;
  };

  async function root(options: Options): Promise<Root> {
    rooted ??= lines
      .use(options.signal, (line) => rootOf(line, options))
      .catch((thrown: unknown) => {
        rooted = undefined;
        throw thrown;
      });
    return rooted;
  }

  async function rootOf(line: Line, options: Options): Promise<Root> {
    const query: Query = {
      base: "",
      scope: "base",
      attributes: ["*", "+"],
      what: "Reading what the server says of itself",
    };
    const { entries, result } = await page(line, query, undefined, options);
    if (result.code !== 0) throw resultFault(result, attemptOf(query, server));
    const entry = createEntry(entries[0] ?? { dn: "", attributes: [] });
    return {
      entry,
      controls: new Set(entry.texts("supportedControl")),
      extensions: new Set(entry.texts("supportedExtension")),
    };
  }

  async function search<T>(
    query: Query,
    take: (entry: Entry) => T | undefined,
    options: Options,
  ): Promise<readonly T[]> {
    const once = () => lines.use(options.signal, (line) => readThrough(line, query, take, options));
    const again = () =>
      once().catch((thrown: unknown) => {
        if (!(thrown instanceof Fault) || thrown.code !== "line.lost") throw thrown;
        return once();
      });
    return query.scope === "base" ? again() : exclusively(again);
  }

  return {
    server,
    root,
    search,
    ask: (request, options, takers) => lines.use(options.signal, (line) => ask(line, request, options, takers)),
    during: (work, options) => lines.use(options.signal, work),
  };
}

interface Page {
  readonly entries: readonly RawEntry[];
  readonly references: readonly string[];
  readonly result: Result;
  readonly cookie: Buffer | undefined;
}

/** Too large a page, as OpenLDAP says it of `size.pr`, and others. */
const isTooLarge = ({ code }: Result): boolean => code === 11 || code === 53 || code === 4;

function cookieOf({ controls }: Result): Buffer | undefined {
  const value = controls.get(pagesControl);
  if (value === undefined) return undefined;
  const reader = new BerReader(value);
  reader.readSequence();
  reader.readInt();
  return reader.readString(Ber.OctetString, true) ?? undefined;
}

const attemptOf = ({ what, base }: Query, { about }: Server): Attempt => ({
  what,
  dn: base,
  about,
  spoils: "endpoint",
});

function stuck({ what, base }: Query, { about }: Server): Fault {
  return new Fault({
    code: "read.incomplete",
    message: `${what} at ${base}: the server gives the same empty page again and again`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: "run again; if it stays, try another pageSize",
  });
}

function unsteady({ what }: Query, { dn }: RawEntry, { about }: Server): Fault {
  return new Fault({
    code: "read.incomplete",
    message: `${what}: ${dn} was changed or vanished while its many values were read in parts`,
    spoils: "endpoint",
    retry: "later",
    about,
    remedy: "run again",
  });
}

interface Held {
  readonly line: Line;
  readonly release: () => void;
}

/** One line for all who need one at the same time: opened for the first, left by the last, so that nothing grows old unused. */
function createLines(open: (signal: AbortSignal) => Promise<Held>) {
  let users = 0;
  let held: Promise<Held> | undefined;

  async function current(signal: AbortSignal): Promise<Held> {
    const there = await held?.catch(() => undefined);
    if (there?.line.alive === true) return there;
    there?.release();
    held = open(signal);
    return held;
  }

  async function leave(): Promise<void> {
    const last = held;
    held = undefined;
    const there = await last?.catch(() => undefined);
    there?.line.end();
    there?.release();
  }

  let turn: Promise<unknown> = Promise.resolve();
  return {
    async use<T>(signal: AbortSignal, work: (line: Line) => Promise<T>): Promise<T> {
      users += 1;
      try {
        // One after the other, lest two open a line each.
        const mine = turn.then(() => current(signal));
        turn = mine.catch(() => undefined);
        return await work((await mine).line);
      } finally {
        users -= 1;
        if (users === 0) await leave();
      }
    },
  };
}
