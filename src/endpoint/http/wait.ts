/** Milliseconds: the first wait without a word from the server, and the longest one. */
const first = 1000;
const longest = 60_000;

/**
 * Milliseconds that `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). Undefined where it is absent, or neither. A date is
 * rounded up by the second that it is written to.
 */
export function retryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // JavaScript reads dates that RFC 9110 does not know: -5 is one.
  const at = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now + 1000);
}

/**
 * Milliseconds before try number `tries` + 1, counted from 1: doubled each time, and between half of that and all of it, so that those
 * who were refused together do not come back together. `random` is in [0, 1).
 */
export function backoff(tries: number, random: () => number): number {
  const whole = Math.min(longest, first * 2 ** (tries - 1));
  return Math.round(whole * (0.5 + random() / 2));
}
