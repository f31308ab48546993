/** One connection through a proxy: two streams, each under the rules. */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { interceptor } from "./fault-answers.ts";
import { flowTo } from "./fault-flow.ts";
import type { Connection, Ending, Rules, Way } from "./fault-rules.ts";
import { type Sprung, watch } from "./fault-traps.ts";

interface Setting {
  readonly index: number;
  readonly client: Socket;
  readonly server: Socket;
  readonly record: boolean;
  /** Asked at every chunk, so that rules may change under way. */
  rules(connection: Connection): Rules;
}

/** Bytes and turns of a connection, as they come. */
function counter(record: boolean) {
  const bytes = { up: 0, down: 0 };
  const chunks: Record<Way, Buffer[]> = { up: [], down: [] };
  let turns = 0;
  let latest: Way = "down";
  return {
    bytes,
    turns: () => turns,
    seen: (way: Way) => Buffer.concat(chunks[way]),
    note(way: Way, chunk: Buffer): void {
      bytes[way] += chunk.length;
      if (record) chunks[way].push(chunk);
      if (way === "up" && latest === "down") turns += 1;
      latest = way;
    },
  };
}

/** Open, stalled or ended, for both ways at once. */
function lifeOf(sockets: readonly Socket[]) {
  let state: "open" | Ending = "open";
  return {
    open: () => state === "open" || state === "stall",
    passes: () => state === "open",
    end(how: Ending): void {
      if (state === "rst" || state === "fin") return;
      state = how;
      // Who has been told of a good end has what came before it.
      if (how === "rst") for (const socket of sockets.filter((each) => !each.writableEnded)) socket.resetAndDestroy();
      if (how === "fin") for (const socket of sockets) socket.end();
    },
  };
}

/** Carries bytes both ways until an end. */
export function carry({ index, client, server, record, rules }: Setting): Connection {
  const { bytes, turns, seen, note } = counter(record);
  const { open, passes, end } = lifeOf([client, server]);
  const flows = { up: flowTo(server, passes), down: flowTo(client, passes) };
  const connection: Connection = {
    index,
    bytes,
    get turns() {
      return turns();
    },
    get open() {
      return open();
    },
    seen,
    end,
  };
  const send = (way: Way, chunk: Buffer | string): Promise<void> => {
    const { delay, rate } = rules(connection);
    return flows[way].send(chunk, delay?.[way] ?? 0, rate?.[way]);
  };
  const endAfter = (way: Way, how: Ending): Promise<void> => flows[way].after(() => end(how));
  const answer = answerer(connection, rules, send, endAfter);

  /** False where the trap ended the connection. */
  const close = async (way: Way, to: Socket, { trap }: Sprung): Promise<boolean> => {
    const { act, ending = act ? undefined : "rst", pass } = trap;
    await flows[way].after(() => undefined);
    await act?.(connection);
    if (ending === undefined) return true;
    if (pass && ending !== "stall") to.end();
    end(ending);
    return false;
  };

  const pump = async (way: Way, from: Socket, to: Socket): Promise<void> => {
    const traps = watch(way);
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      note(way, chunk);
      let rest = way === "up" ? await answer(chunk) : chunk;
      for (;;) {
        const sprung = traps.spring(rest, rules(connection).traps ?? []);
        const passing = sprung?.before ?? rest;
        traps.passed(passing);
        if (passing.length > 0) await send(way, passing);
        if (!sprung) break;
        if (!(await close(way, to, sprung))) return;
        rest = sprung.after;
      }
    }
    await flows[way].after(() => void (passes() && to.end()));
  };

  for (const [way, from, to] of [
    ["up", client, server],
    ["down", server, client],
  ] as const) {
    from.on("error", () => undefined);
    // A reset of one end is a reset of the other.
    pump(way, from, to).catch(() => void (passes() && end("rst")));
  }
  Promise.all([client, server].map(closed)).then(() => passes() && end("fin"), undefined);
  return connection;
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once("close", () => resolve()));

/** Answers what the rules answer, and returns what goes on to the server. */
function answerer(
  connection: Connection,
  rules: Setting["rules"],
  send: (way: Way, text: string) => Promise<void>,
  endAfter: (way: Way, how: Ending) => Promise<void>,
): (chunk: Buffer) => Promise<Buffer> {
  const intercept = interceptor();
  return async (chunk) => {
    const { on, replies } = intercept(chunk, rules(connection).answers ?? []);
    for (const { text, answer } of replies) {
      await send("down", text);
      if (answer.ending) await endAfter("down", answer.ending);
    }
    return on;
  };
}
