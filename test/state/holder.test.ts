import { spawn, spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { alive, thisHolder } from "../../src/state/holder.ts";

const me = thisHolder("reconcile apply");
const linux = process.platform === "linux";
const withStart = (parts: (was: string[]) => string[]) => ({ ...me, started: parts(me.started.split(" ")).join(" ") });

describe("a holder", () => {
  it("tells who it is", () => {
    expect(me).toMatchObject({ host: hostname(), pid: process.pid, command: "reconcile apply" });
    expect(me.started).not.toBe("");
    expect(me.user).not.toBe("");
    expect(alive(me)).toBe(true);
  });

  it("lives as long as its process does", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
    const holder = { ...me, pid: child.pid ?? 0, started: "" };
    expect(alive(holder)).toBe(true);
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    expect(alive(holder)).toBe(false);
  });

  it("is another than a later process with its pid", () => {
    expect(alive(withStart(([ticks = "", ...rest]) => [`${Number(ticks) - 1}`, ...rest]))).toBe(false);
  });

  it("of another host is unknown, dead or not", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    expect(alive({ ...me, host: "elsewhere.example", pid })).toBe("unknown");
  });

  it.runIf(linux)("of another container of the same name is unknown", () => {
    expect(alive(withStart(([ticks = "", boot = ""]) => [ticks, boot, "pid:[1]"]))).toBe("unknown");
    expect(alive(withStart(([ticks = ""]) => [ticks, "another-boot", "pid:[1]"]))).toBe("unknown");
  });

  it.runIf(linux)("of this host before it was started anew is dead, unless it may be a container elsewhere", () => {
    const before = withStart(([ticks = "", , namespace = ""]) => [ticks, "another-boot", namespace]);
    expect(alive(before)).toBe(me.started.endsWith("pid:[4026531836]") ? false : "unknown");
  });
});
