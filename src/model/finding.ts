import type { Json } from "./json.ts";

export type Severity = "error" | "warning" | "info";

/** Something a reader should know: a field that cannot be held, a quota that will not do, a certificate near its end. */
export interface Finding {
  /** Dotted, stable name: `field.unsupported`. */
  readonly code: string;
  readonly severity: Severity;
  /** What it is about: an address, an endpoint's name, a folder. */
  readonly about: string;
  readonly message: string;
  readonly remedy?: string;
  readonly detail?: Json;
}
