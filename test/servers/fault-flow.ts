/** One way of one connection: bytes in order, late and slow as the rules say. */
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Flow {
  /** Resolves when more may come. */
  send(chunk: Buffer | string, delay: number, rate: number | undefined): Promise<void>;
  /** Does it after all that was sent. */
  after(act: () => void): Promise<void>;
}

const full = 1 << 20;

/** `open` is false once nothing passes any more. */
export function flowTo(socket: Socket, open: () => boolean): Flow {
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();

  const deliver = async (chunk: Buffer | string, due: number, rate: number | undefined): Promise<void> => {
    const ahead = due - performance.now();
    if (ahead > 0) await pause(ahead);
    if (rate) await pause((chunk.length / rate) * 1000);
    if (open() && socket.writable && !socket.write(chunk)) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
    }
    queued -= chunk.length;
  };

  return {
    async send(chunk, delay, rate) {
      queued += chunk.length;
      const due = performance.now() + delay;
      tail = tail.then(() => deliver(chunk, due, rate));
      if (queued > full) await tail;
    },
    after(act) {
      tail = tail.then(act);
      return tail;
    },
  };
}
