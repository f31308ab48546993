import type { PlaceId } from "../../model/item.ts";
import type { Lane } from "./lane.ts";

/** One connection with what is under way on it. */
interface Held {
  readonly lane: Promise<Lane>;
  busy: number;
}

interface Use {
  readonly held: Held;
  count: number;
}

/**
 * Several connections as one, for work in several folders at a time. `more` opens another, up to `most` in all; undefined where none is to
 * be had, and then nobody asks again. What is under way in one place stays on one connection.
 */
export function createLanes(first: Lane, most: number, more: () => Promise<Lane | undefined>): Lane {
  const all: Held[] = [{ lane: Promise.resolve(first), busy: 0 }];
  const uses = new Map<PlaceId, Use>();
  const last = new Map<PlaceId, Held>();
  let full = most <= 1;

  function grow(): Held {
    const held: Held = {
      lane: more().then((lane) => {
        if (lane !== undefined) return lane;
        full = true;
        all.splice(all.indexOf(held), 1);
        return first;
      }),
      busy: 0,
    };
    all.push(held);
    return held;
  }

  /** Where nothing is under way, there where the place may still be open; else another connection; else the least busy. */
  function choose(place: PlaceId | undefined): Held {
    const before = place === undefined ? undefined : last.get(place);
    if (before?.busy === 0 && all.includes(before)) return before;
    const idle = all.find(({ busy }) => busy === 0);
    if (idle !== undefined) return idle;
    if (!full && all.length < most && place !== undefined) return grow();
    return all.reduce((least, one) => (one.busy < least.busy ? one : least));
  }

  async function at<T>(place: PlaceId, work: (lane: Lane) => Promise<T>): Promise<T> {
    const use = uses.get(place) ?? { held: choose(place), count: 0 };
    const { held } = use;
    uses.set(place, use);
    last.set(place, held);
    use.count += 1;
    held.busy += 1;
    try {
      return await work(await held.lane);
    } finally {
      held.busy -= 1;
      use.count -= 1;
      if (use.count === 0) uses.delete(place);
    }
  }

  return {
    outside: async (work) => {
      const held = choose(undefined);
      held.busy += 1;
      try {
        return await (await held.lane).outside(work);
      } finally {
        held.busy -= 1;
      }
    },
    beside: (place, work) => at(place, (lane) => lane.beside(place, work)),
    inside: (place, how, work) => at(place, (lane) => lane.inside(place, how, work)),
    ahead: (place, how, work) => at(place, (lane) => lane.ahead(place, how, work)),
    close: async () => void (await Promise.all(all.map(async ({ lane }) => (await lane).close()))),
  };
}
