import { readdirSync, readFileSync } from "node:fs";

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** The processes whose command line names this path; Dovecot's name it with `-` for each `/`. The dead have none. */
export function processesOf(path: string): number[] {
  const names = [path, path.replaceAll("/", "-")];
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && names.some((name) => commandLine(pid).includes(name)))
    .map(Number);
}
