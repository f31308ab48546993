import { setFlagsFromString } from "node:v8";

/**
 * A pass throws away as much as it reads, and lives mostly in the kernel, in SQLite and in copying: a nursery that grows, and the compiler
 * of the highest tier, cost a large part of its memory and of its processor time, and give nothing back. For commands that meet mail.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--no-turbofan");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * On a machine with much memory V8 lets garbage grow to several times what lives, and its nursery to tens of megabytes. Thousands of
 * people are some tens of megabytes: collected at a third more than that, they stay well below what the machine would have allowed.
 */
export function keepHeapNear(): void {
  setFlagsFromString("--heap-growing-percent=35");
  setFlagsFromString("--semi-space-growth-factor=1");
}
