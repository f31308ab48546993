import { setFlagsFromString } from "node:v8";

/**
 * A pass lives mostly in the kernel, in SQLite and in copying: the compiler of the highest tier costs memory and processor time, and gives
 * nothing back; but for the one loop that sees every octet (`bareFeeds` in `endpoint/imap/lines.ts`). For commands that meet mail, beside
 * `keepHeapNear`.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--turbo-filter=bareFeeds");
}

/**
 * On a machine with much memory V8 lets garbage grow to several times what lives, and its nursery to tens of megabytes. Thousands of
 * people are some tens of megabytes: collected at a third more than that, they stay well below what the machine would have allowed.
 */
export function keepHeapNear(): void {
  setFlagsFromString("--heap-growing-percent=35");
  setFlagsFromString("--semi-space-growth-factor=1");
}
