import type { Clock } from "../../contract/endpoint.ts";

/** Access tokens of one client, asked for when they are needed and again before they end. */
export interface Tokens {
  get(): Promise<string>;
  /** Forgets this token, which a server refused; one that was had since stays. */
  drop(refused: string): Promise<void>;
}

export interface Token {
  readonly value: string;
  /** When it is to be renewed, as the clock counts; infinity for one that says no end of its own. */
  readonly renewAt: number;
}

/** Milliseconds before its end at which a token is renewed, at most, and which one lasts that says no end (RFC 6749, 5.1). */
const margin = 60_000;
const lasting = 300_000;

/** When a token is to be renewed that was had now; `seconds` as `expires_in` says them, or does not. */
export function renewal(seconds: unknown, now: number): number {
  const lasts = Number(seconds) > 0 ? Number(seconds) * 1000 : lasting;
  return now + lasts - Math.min(margin, lasts / 2);
}

/** One request at a time, for what a token is asked for with may be good for one use only. A refusal is not kept. */
export function createTokens(ask: () => Promise<Token>, clock: Clock): Tokens {
  let current: Promise<Token> | undefined;

  function begin(): Promise<Token> {
    const asked = ask();
    current = asked;
    asked.catch(() => {
      if (current === asked) current = undefined;
    });
    return asked;
  }

  return {
    async get() {
      const held = current ?? begin();
      const token = await held;
      if (clock.now() < token.renewAt) return token.value;
      return (await (current === held || current === undefined ? begin() : current)).value;
    },
    async drop(refused) {
      const held = current;
      const token = await held?.catch(() => undefined);
      if (current === held && token?.value === refused) current = undefined;
    },
  };
}
