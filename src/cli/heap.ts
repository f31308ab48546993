import { setFlagsFromString } from "node:v8";

/**
 * Bodies pass through as buffers that live shortly; by default V8 lets several times their size gather before it collects. Told to
 * mind the size, and to keep its nursery small, a pass over a large mailbox needs little more memory than one over a small one. It
 * costs time, so only commands that meet mail say so.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}
