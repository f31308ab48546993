import { setFlagsFromString } from "node:v8";

/**
 * Bodies pass through as buffers that live shortly; by default V8 lets several times their size gather before it collects. Told to mind
 * the size and to keep its nursery small, a pass over 50,000 messages needs no more memory than one over 2,000. It costs time, so only commands that meet mail say so.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}
