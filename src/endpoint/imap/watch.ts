import type { Clock } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Line } from "./connect.ts";
import { expectOk } from "./faults.ts";
import type { Lane } from "./lane.ts";
import type { Response } from "./wire/response.ts";

/** Untagged responses that tell of something new (RFC 3501, 7.3 and 7.4; RFC 7162; RFC 5465). */
const news = new Set(["EXISTS", "EXPUNGE", "VANISHED", "FETCH", "STATUS", "LIST"]);

/** All folders of the owner, where the server tells of them (RFC 5465, 6); of the one that is open, IDLE tells anyway. */
const everywhere =
  "NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge FlagChange))";

/** Milliseconds of IDLE at one time, at most: a server may end it after half an hour (RFC 2177). */
const longest = 25 * 60_000;

export interface Watching {
  readonly clock: Clock;
  /** Milliseconds of silence after which a line counts as dead: IDLE is begun anew before. */
  readonly silence: number;
}

/** Yields once when it listens, then after whatever may have changed in INBOX, or anywhere where NOTIFY is offered. */
export async function* watchMailbox(
  lane: Lane,
  { clock, silence }: Watching,
  { signal }: Options,
): AsyncIterable<void> {
  const stop = new AbortController();
  const bell = createBell();
  const ended = AbortSignal.any([signal, stop.signal]);
  const watching = lane
    .inside("INBOX", { fresh: true }, async (line) => {
      if (line.abilities.notify) await line.wire.run([everywhere]);
      const pause = (): Promise<void> => clock.wait(Math.min(longest, silence / 2), ended);
      await idle(line, ({ tag, name }) => (tag === "+" || news.has(name)) && bell.ring(), pause);
      while (!ended.aborted) await idle(line, ({ name }) => news.has(name) && bell.ring(), pause);
    })
    .then(bell.end, bell.fail);
  try {
    yield* bell.rings();
  } finally {
    stop.abort();
    await watching;
  }
}

/** One IDLE, until it is time to say that we are still here. */
async function idle({ wire }: Line, hear: (response: Response) => void, pause: () => Promise<void>): Promise<void> {
  const idling = wire.run(["IDLE"], hear);
  await Promise.race([pause().catch(() => undefined), idling]);
  wire.done();
  expectOk(await idling, "Listening for changes", "INBOX", "mailbox");
}

/** Rings are kept until somebody listens; several are one. */
interface Bell {
  ring(): void;
  end(): void;
  fail(thrown: unknown): void;
  rings(): AsyncIterable<void>;
}

function createBell(): Bell {
  let rung = false;
  let over: { readonly thrown?: unknown } | undefined;
  let wake: (() => void) | undefined;
  const tell = (change: () => void): void => {
    change();
    wake?.();
  };
  return {
    ring: () =>
      tell(() => {
        rung = true;
      }),
    end: () =>
      tell(() => {
        over = {};
      }),
    fail: (thrown) =>
      tell(() => {
        over = { thrown };
      }),
    rings: async function* () {
      for (;;) {
        if (over !== undefined && "thrown" in over) throw over.thrown;
        if (over !== undefined) return;
        if (rung) {
          rung = false;
          yield;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
