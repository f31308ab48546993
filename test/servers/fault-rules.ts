/** What a proxy does to the connections that pass through it. */
import type { Buffer } from "node:buffer";

/** `up`: from the client to the server. `down`: back. */
export type Way = "up" | "down";

/** `rst`: reset. `fin`: closed in good order. `stall`: open, and nothing passes any more, as with a cable pulled. */
export type Ending = "rst" | "fin" | "stall";

/** Something that happens at a byte. */
export interface Trap {
  readonly way: Way;
  /** After so many bytes of a connection that way; these pass, what follows does not. */
  readonly after?: number;
  /** Where this matches, in latin1, over at most the last 8 KiB that way. */
  readonly on?: RegExp;
  /** What matched passes too, and its receiver sees a close in good order; else nothing of it passes. */
  readonly pass?: boolean;
  /** So many matches go by first, over all connections. 0. */
  readonly skip?: number;
  /** How often it happens, over all connections; 1. */
  readonly times?: number;
  /** Done while the bytes wait: what matched, or what follows the byte. */
  readonly act?: (connection: Connection) => void | Promise<void>;
  /** How both ends see the connection end; `rst` where nothing is done, else it goes on. */
  readonly ending?: Ending;
}

/** A reply in place of the server's, which never sees the command. For text, not through TLS. */
export interface Answer {
  /** Matched against a client's line without its end; not against literals. */
  readonly on: RegExp;
  /** Whole lines with their ends. `$1` and the like are what `on` caught, such as the tag. */
  readonly reply: string;
  /** So many commands go by first, over all connections. 0. */
  readonly skip?: number;
  /** How often, over all connections; 1. */
  readonly times?: number;
  /** Ends the connection after the reply. */
  readonly ending?: Ending;
}

export interface Rules {
  /** Milliseconds that every byte is under way. */
  readonly delay?: Partial<Record<Way, number>>;
  /** Bytes in a second. */
  readonly rate?: Partial<Record<Way, number>>;
  /** Resets the next so many connections, over all connections. */
  readonly refuse?: number;
  /** False: accepts, and never says a word. A text: says it in place of the server, and closes. */
  readonly greeting?: false | string;
  readonly traps?: readonly Trap[];
  readonly answers?: readonly Answer[];
}

/** One connection through the proxy, also after its end. */
export interface Connection {
  /** 0 for the first. */
  readonly index: number;
  /** Bytes that came from the client, and from the server. */
  readonly bytes: Readonly<Record<Way, number>>;
  /** How often the client began to speak after the server did, or first: its round trips. */
  readonly turns: number;
  readonly open: boolean;
  /** All that came that way; empty where the proxy does not record. */
  seen(way: Way): Buffer;
  end(how: Ending): void;
}

const tallies = new WeakMap<object, { seen: number; done: number }>();

/** How often a rule matched and how often it acted: over all connections, as long as the rule is the same object. */
export function tallyOf(rule: object): { seen: number; done: number } {
  const tally = tallies.get(rule) ?? { seen: 0, done: 0 };
  tallies.set(rule, tally);
  return tally;
}
