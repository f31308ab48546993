import { setFlagsFromString } from "node:v8";

/**
 * A pass throws away as much as it reads, and lives mostly in the kernel, in SQLite and in copying: a nursery that grows, and the compiler
 * of the highest tier, cost a large part of its memory and of its processor time, and give nothing back. For commands that meet mail.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--no-turbofan");
  setFlagsFromString("--semi-space-growth-factor=1");
}
