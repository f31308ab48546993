import { Fault, type FaultFacts, type Spoils } from "../../model/fault.ts";
import type { Response } from "./wire/response.ts";

/** Waits after words of throttling that say no time of their own, in milliseconds. */
const rest = 30_000;

interface Reading {
  readonly code: string;
  readonly retry: FaultFacts["retry"];
  readonly spoils?: Spoils;
  readonly remedy: string;
}

interface Wording {
  readonly codes: readonly string[];
  readonly words?: RegExp;
  /** Words that hold though the code says something else. */
  readonly despite?: RegExp;
  readonly means: Reading;
}

/** What a response code means (RFC 3501, 5530, 4469, 7889, 9208), and what servers without codes say in words. */
const readings: readonly Wording[] = [
  {
    codes: ["OVERQUOTA"],
    words: /\bover ?quota\b|\bexceeded your mail quota\b|quota (?:exceeded|full)|mailbox (?:is )?full/i,
    means: {
      code: "mailbox.full",
      retry: "later",
      remedy: "raise the mailbox's quota or make room, then run again: what waits is tried again",
    },
  },
  {
    codes: ["TOOBIG", "MAXSIZE"],
    // Dovecot 2.3 says [LIMIT], as of too many connections.
    despite: /mail size is larger than the maximum/i,
    words: /too (?:big|large)|exceeds? (?:the )?max(?:imum)? (?:mail |message )?size|message size/i,
    means: {
      code: "item.tooLarge",
      retry: "later",
      spoils: "item",
      remedy:
        "raise the server's size limit and run again, or leave the message out by `messages.maxSize` or `messages.skip`",
    },
  },
  {
    // A lock is one folder's. Dovecot says [SERVERBUG] after two minutes, of a lock whose holder was killed too.
    codes: ["INUSE"],
    despite: /timeout while waiting for lock/i,
    means: {
      code: "place.locked",
      retry: { afterMs: rest },
      spoils: "place",
      remedy:
        "if it stays so, look who has the folder open, or whether a lock was left behind; what waits is tried again",
    },
  },
  {
    codes: ["THROTTLED", "LIMIT", "UNAVAILABLE"],
    // Gmail says [OVERQUOTA], as of a full mailbox.
    despite: /exceeded command or bandwidth limits/i,
    words:
      /suggested backoff time|too many (?:connections|simultaneous|login)|maximum number of connections|throttl|temporar|try again|server (?:is )?(?:busy|unavailable)/i,
    means: {
      code: "server.busy",
      retry: { afterMs: rest },
      spoils: "mailbox",
      remedy: "lower `limits` of the endpoint if it goes on; what waits is tried again",
    },
  },
  {
    // Dovecot says it of a full disk, and of a message that it cannot read.
    codes: ["SERVERBUG"],
    words: /internal (?:server )?error/i,
    means: {
      code: "server.failed",
      retry: { afterMs: 2000 },
      remedy: "look at the server's log, and whether its disk is full; then run again",
    },
  },
  {
    codes: ["NONEXISTENT", "TRYCREATE"],
    words: /(?:doesn't|does not|no longer) exist|no such (?:mailbox|folder)|unknown mailbox|mailbox not found/i,
    means: {
      code: "place.missing",
      retry: "later",
      spoils: "place",
      remedy: "run again: the folders are looked at anew",
    },
  },
  {
    codes: ["NOPERM"],
    words: /permission denied|access denied|not permitted/i,
    means: { code: "place.denied", retry: "later", remedy: "give the login the rights (ACL) for this folder" },
  },
  {
    codes: ["CANNOT", "BADCHARSET", "USEATTR"],
    means: { code: "place.unfit", retry: "never", remedy: "map the folder to another name by `folders.map`" },
  },
  {
    codes: ["CONTACTADMIN", "EXPIRED", "AUTHORIZATIONFAILED", "AUTHENTICATIONFAILED", "PRIVACYREQUIRED"],
    means: {
      code: "login.refused",
      retry: "later",
      spoils: "mailbox",
      remedy: "look at the login that the manifest names",
    },
  },
];

const otherwise: Reading = { code: "server.refused", retry: "later", remedy: "see what the server said" };

/** The meaning of what a server said, by its response code, else by its words. */
function readingOf(code: string | undefined, text: string): Reading {
  const found =
    readings.find(({ despite }) => despite?.test(text) === true) ??
    readings.find(({ codes }) => code !== undefined && codes.includes(code)) ??
    readings.find(({ words }) => words?.test(text) === true);
  return found?.means ?? otherwise;
}

/** Microsoft 365 says it in the text: `Suggested Backoff Time: 299 milliseconds`. */
function backoffOf(text: string): number | undefined {
  const match = /suggested backoff time:\s*(\d+)\s*(ms|milliseconds|s|seconds)?/i.exec(text);
  return match === null ? undefined : Number(match[1]) * (/^s/i.test(match[2] ?? "ms") ? 1000 : 1);
}

/** Dovecot adds how long it took, or when it was: the same refusal would read as another one each time. */
const timeless = (text: string): string =>
  text.replace(/(?: (?:\((?:\d+\.\d+ \+ )+\d+\.\d+ secs\)\.?|\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]))+$/, "");

export interface Said {
  readonly code?: string | undefined;
  readonly text: string;
}

/** A refusal as a Fault. `what` says what was tried, as a clause; `spoils` holds unless the words say otherwise. */
export function refusal(said: Said, what: string, about: string, spoils: Spoils): Fault {
  const means = readingOf(said.code, said.text);
  const backoff = backoffOf(said.text);
  const code = said.code === undefined ? "" : `[${said.code}] `;
  return new Fault({
    code: means.code,
    message: `${what}: the server said ${JSON.stringify(`${code}${timeless(said.text)}`.slice(0, 300))}`,
    spoils: means.spoils ?? spoils,
    retry: backoff === undefined ? (means.retry ?? "later") : { afterMs: backoff },
    about,
    remedy: means.remedy,
  });
}

/** Throws unless the server said OK. `status()` and the like that are refused are failures, never an empty answer. */
export function expectOk(response: Response, what: string, about: string, spoils: Spoils): Response {
  if (response.name === "OK") return response;
  throw refusal({ code: response.code?.name, text: response.text }, what, about, spoils);
}
