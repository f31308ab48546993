// Loaded by --import: writes the process's peak memory (KiB) and its processor time (µs) to descriptor 3 when it ends.
import { readFileSync, writeSync } from "node:fs";

/** VmHWM (proc_pid_status(5)) counts this program alone; ru_maxrss begins with what the process was before exec, and is for other systems. */
function peak() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return Number(kilobytes);
}

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  writeSync(3, JSON.stringify({ peak: peak(), cpu: user + system }));
});
