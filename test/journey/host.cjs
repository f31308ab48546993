/**
 * Runs the built command line for one command after the other, each to the point where its process would end: nothing is left to wait for.
 * For most of what a command costs is the start of its process, and here are some two thousand of them.
 */
"use strict";
require("../../bin/cache.cjs")();
const { main } = require("../../dist/cli/main.cjs");

const emitters = [process, process.stdout, process.stderr];

/** What listens, so that what a command adds can be taken away: its process would have ended. */
const listening = () =>
  emitters.map((from) => new Map(from.eventNames().map((name) => [name, from.rawListeners(name)])));

function quieten(before) {
  for (const [at, from] of emitters.entries())
    for (const name of from.eventNames())
      for (const listener of from.rawListeners(name))
        if (before[at].get(name)?.includes(listener) !== true) from.off(name, listener);
}

process.on("disconnect", () => process.exit());
process.on("message", ({ args, folder, env, mark }) => {
  process.chdir(folder);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const before = listening();
  process.once("beforeExit", (code) => {
    quieten(before);
    process.exitCode = undefined;
    process.channel.ref();
    for (const stream of [process.stdout, process.stderr]) stream.write(mark);
    process.send(code);
  });
  process.channel.unref();
  void main([process.execPath, "reconcile", ...args]);
});
