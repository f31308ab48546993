import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { AbandonRequest, type Control, type SearchRequest, UnbindRequest } from "ldapts";
import { Fault, interrupted } from "../../../model/fault.ts";
import { createCutter } from "./frame.ts";
import { decode, type RawEntry, type Result } from "./decode.ts";

/** A request of LDAP, once it has its number. */
export interface Request {
  messageId: number;
  controls?: Control[];
  write(): Buffer;
}

/** What comes before the result of a search. */
export interface Takers {
  readonly entry?: (entry: RawEntry) => void;
  readonly references?: (urls: readonly string[]) => void;
}

/** A connection: requests side by side, each with its number (RFC 4511, 4.1.1.1). */
export interface Line {
  readonly alive: boolean;
  /** Octets that came so far. */
  readonly received: number;
  /** Sends a request and gives its result, whatever its code. Throws `line.lost` where no answer can come any more. */
  ask(request: Request, signal: AbortSignal, takers?: Takers): Promise<Result>;
  /** In good order (RFC 4511, 4.3). */
  end(): void;
  destroy(reason: Fault): void;
}

interface Pending extends Takers {
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/** Notice of disconnection (RFC 4511, 4.4.1). */
const farewell = "1.3.6.1.4.1.1466.20036";
const largestId = 2 ** 31 - 1;

interface Facts {
  readonly socket: Socket;
  /** The endpoint's name, and what it is connected to, for faults. */
  readonly about: string;
  readonly server: string;
  /** Milliseconds without a word after which a line on which something is awaited counts as dead. */
  readonly silence: number;
}

export function createLine({ socket, about, server, silence }: Facts): Line {
  const pending = new Map<number, Pending>();
  let last = 0;
  let received = 0;
  let lost: Fault | undefined;
  const cutter = createCutter(take);
  const loss = (message: string, cause?: unknown): Fault => lineLost(`${server} ${message}`, about, cause);

  function fail(reason: Fault): void {
    if (lost !== undefined) return;
    lost = reason;
    socket.destroy();
    for (const each of pending.values()) each.reject(reason);
    pending.clear();
  }

  function take(message: Buffer): void {
    const response = decode(message);
    if (response.id === 0) {
      if ("result" in response && response.result.name === farewell)
        fail(loss(`ended the line: ${JSON.stringify(response.result.words.slice(0, 300))}`));
      return;
    }
    const waiting = pending.get(response.id);
    if (waiting === undefined) return;
    if ("entry" in response) waiting.entry?.(response.entry);
    else if ("references" in response) waiting.references?.(response.references);
    else {
      pending.delete(response.id);
      waiting.resolve(response.result);
    }
  }

  socket.on("data", (chunk: Buffer) => {
    received += chunk.length;
    try {
      cutter.push(chunk);
    } catch (thrown) {
      fail(loss(`said something that is no LDAP: ${(thrown as Error).message}`, thrown));
    }
  });
  socket.on("error", (error) =>
    fail(loss(`broke the line (${(error as NodeJS.ErrnoException).code ?? error.message})`, error)),
  );
  socket.on("close", () => fail(loss("closed the line")));
  socket.setTimeout(silence, () => {
    if (pending.size > 0) fail(loss(`said nothing for ${silence / 1000} seconds`));
  });

  function number(): number {
    last = last >= largestId ? 1 : last + 1;
    return pending.has(last) ? number() : last;
  }

  function send(request: Request): void {
    socket.write(request.write());
  }

  return {
    get alive() {
      return lost === undefined;
    },
    get received() {
      return received;
    },
    ask: (request, signal, takers = {}) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) throw interrupted();
        if (lost !== undefined) throw lost;
        const id = number();
        request.messageId = id;
        const stop = (): void => {
          pending.delete(id);
          if (isSearch(request) && lost === undefined) send(new AbandonRequest({ messageId: number(), abandonId: id }));
          reject(interrupted());
        };
        const settled =
          <T>(act: (value: T) => void): ((value: T) => void) =>
          (value) => {
            signal.removeEventListener("abort", stop);
            act(value);
          };
        pending.set(id, { ...takers, resolve: settled(resolve), reject: settled(reject) });
        signal.addEventListener("abort", stop, { once: true });
        try {
          send(request);
        } catch (thrown) {
          pending.delete(id);
          settled(reject)(thrown);
        }
      }),
    end: () => {
      if (lost !== undefined) return;
      send(new UnbindRequest({ messageId: number() }));
      lost = loss("was left");
      socket.end();
      socket.setTimeout(1000, () => socket.destroy());
    },
    destroy: fail,
  };
}

const isSearch = (request: Request): request is SearchRequest => "baseDN" in request;

/** A line that is no more: what was asked on it has no answer, and may have been done all the same. */
function lineLost(message: string, about: string, cause?: unknown): Fault {
  return new Fault({
    code: "line.lost",
    message,
    spoils: "endpoint",
    retry: { afterMs: 2000 },
    about,
    remedy: "run again: what was done is found, and what was not is done then",
    cause,
  });
}
