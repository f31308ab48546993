import { expect } from "vitest";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Expects the exit code; where it is another, all that the command said is shown. */
export function expectCode({ code, stdout, stderr }: Ended, wanted: number): void {
  expect(code, `${stdout}${stderr}`).toBe(wanted);
}
