/** What every call that waits takes. */
export interface Options {
  readonly signal: AbortSignal;
}
