import { expect } from "vitest";

/** Expects the exit code; where it is another, all that the command said is shown. */
export function expectCode(ended: { readonly code: number | null }, code: number): void {
  const { code: found, ...said } = ended;
  expect(found === code ? { code } : { code: found, ...said }).toEqual({ code });
}
