import { Fault } from "../../model/fault.ts";
import type { PlaceId } from "../../model/item.ts";
import type { Line } from "./connect.ts";
import { sayGoodbye } from "./parking.ts";
import { selectFolder, type Selected } from "./select.ts";

/** One connection, opened when it is needed and anew when it broke, or several (`lanes.ts`). What it does is done one thing after the other. */
export interface Lane {
  /** Alone on the line until the work ends, with no folder open: of an open one STATUS tells what this session saw last. */
  outside<T>(work: (line: Line) => Promise<T>): Promise<T>;
  /** A line with no folder open, for commands about a place that may run beside others. */
  beside<T>(place: PlaceId, work: (line: Line) => Promise<T>): Promise<T>;
  /** Alone on the line, with the folder open. `fresh` opens it anew, so that everything that came is seen. */
  inside<T>(place: PlaceId, how: Opening, work: (line: Line, folder: Selected) => Promise<T>): Promise<T>;
  /**
   * The same for reading, without waiting for the opening: what the work sends goes right behind it, and a server takes it in that order
   * (RFC 3501, 5.5). Where the opening fails no folder is open, and the work's answers are about none.
   */
  ahead<T>(
    place: PlaceId,
    how: Pick<Opening, "fresh">,
    work: (line: Line, opening: Promise<Selected>) => Promise<T>,
  ): Promise<T>;
  /** Whoever keeps lines may take it, if nothing is under way on it; else it is closed. */
  close(): Promise<void>;
}

interface Opening {
  /** By SELECT; else by EXAMINE, which changes nothing, not even \Recent. */
  readonly writing?: boolean;
  readonly fresh?: boolean;
}

export interface LaneParts {
  /** The connection to begin with; it is closed with the lane, used or not. */
  readonly first: Line;
  open(): Promise<Line>;
  /** A folder's name as the server has it. */
  wireName(place: PlaceId): string;
  /** Waits while the server wants to be left alone. */
  calm(): Promise<void>;
  /** Hears of everything that went wrong. */
  note(thrown: unknown): void;
  /** Hears of every folder that was opened for writing. */
  selected(folder: Selected): void;
  /** Takes a connection that is needed no more, or says that it is to be closed; `release` then hears that it is. */
  keep(line: Line): boolean;
  release(): void;
}

function tooLate(): Fault {
  return new Fault({
    code: "store.closed",
    message: "The mailbox is closed",
    spoils: "mailbox",
    retry: { afterMs: 1000 },
  });
}

export function createLane(parts: LaneParts): Lane {
  let current: Promise<Line> = Promise.resolve(parts.first);
  let folder: { readonly line: Line; readonly writing: boolean; readonly selected: Selected } | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function line(): Promise<Line> {
    await parts.calm();
    const known = await current.catch(() => undefined);
    if (known !== undefined && !known.wire.closed) return known;
    const opened = parts.open();
    current = opened;
    return opened;
  }

  function turn<T>(work: (line: Line) => Promise<T>): Promise<T> {
    const mine = queue.then(async () => {
      const on = await line();
      // While this waited its line may have become another's.
      if (closed) throw tooLate();
      return work(on);
    });
    queue = mine.catch(parts.note);
    return mine;
  }

  function isOpen(on: Line, place: PlaceId, writing: boolean): boolean {
    return (
      folder !== undefined && folder.line === on && folder.selected.place === place && (folder.writing || !writing)
    );
  }

  async function enter(on: Line, place: PlaceId, { writing = false, fresh = false }: Opening): Promise<Selected> {
    if (folder !== undefined && isOpen(on, place, writing) && !fresh) return folder.selected;
    folder = undefined;
    const selected = await selectFolder(on, place, parts.wireName(place), writing);
    if (writing) parts.selected(selected);
    folder = { line: on, writing, selected };
    return selected;
  }

  /**
   * By UNSELECT, never by CLOSE, which expunges. Without it a folder that is not there is opened, which closes the one that is (RFC 3691).
   * Nobody waits for the answer: what is sent next is taken after it.
   */
  function leave(on: Line): void {
    if (folder === undefined || folder.line !== on) return;
    folder = undefined;
    const left = on.abilities.unselect ? "UNSELECT" : 'EXAMINE "no folder of this name: leaving the open one"';
    on.wire.run([left]).catch(parts.note);
  }

  const outside = <T>(work: (line: Line) => Promise<T>): Promise<T> =>
    turn(async (on) => {
      leave(on);
      return work(on);
    });

  return {
    outside,
    beside: async (_, work) => work(await outside(async (on) => on)),
    inside: (place, how, work) => turn(async (on) => work(on, await enter(on, place, how))),
    ahead: (place, how, work) =>
      turn(async (on) => {
        const opening = enter(on, place, how);
        opening.catch(() => undefined);
        return work(on, opening);
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      const known = await current.catch(() => undefined);
      if (known !== undefined && !known.wire.closed) {
        if (known.wire.idle && parts.keep(known)) return leave(known);
        await sayGoodbye(known);
      }
      parts.release();
    },
  };
}
