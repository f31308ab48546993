import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Holder } from "../contract/state-store.ts";

/** Who this process is, for its lease. */
export function thisHolder(command: string): Holder {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? "", user: userName(), command };
}

/**
 * Whether a holder still runs: false only when it is dead for certain. A process of another host, or of another
 * container that calls itself by this host's name, cannot be seen from here: `unknown`.
 */
export function alive(holder: Holder): boolean | "unknown" {
  if (holder.host !== hostname()) return "unknown";
  const then = frameOf(holder.started);
  const now = frameOf(startOf(process.pid) ?? "");
  if (then && now && then.boot !== now.boot)
    return then.namespace === hostNamespace && now.namespace === hostNamespace ? false : "unknown";
  if (then && now && then.namespace !== now.namespace) return "unknown";
  if (!exists(holder.pid)) return false;
  const started = startOf(holder.pid);
  return started === undefined || holder.started === "" || started === holder.started;
}

/** The pid namespace that a Linux host itself has (PROC_PID_INIT_INO), not a container's. */
const hostNamespace = "pid:[4026531836]";

/** `TICKS BOOT NAMESPACE` on Linux: pids and ticks mean something within one boot and one pid namespace alone. */
function frameOf(started: string): { readonly boot: string; readonly namespace: string } | undefined {
  const [, boot, namespace] = started.split(" ");
  return boot !== undefined && namespace?.startsWith("pid:") ? { boot, namespace } : undefined;
}

/** When a process started, as the system counts it; undefined where there is none, or the system does not say. */
function startOf(pid: number): string | undefined {
  return process.platform === "linux" ? linuxStart(pid) : (quietly(() => listedStart(pid)) ?? undefined);
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot. A zombie has ended. */
function linuxStart(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === undefined) return undefined;
  // The second field, the command in parentheses, may hold anything; what follows its last parenthesis begins at field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return "ended";
  const boot = quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim());
  const namespace = quietly(() => readlinkSync("/proc/self/ns/pid"));
  return [fields[19], boot, namespace].filter((part) => part !== undefined).join(" ");
}

function listedStart(pid: number): string | undefined {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return text.trim() || undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A user without an entry in the system's list has a number alone. */
function userName(): string {
  return quietly(() => userInfo().username) ?? String(process.getuid?.() ?? "unknown");
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
