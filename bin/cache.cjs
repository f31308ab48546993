"use strict";
const { lstatSync, mkdirSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { isAbsolute, join } = require("node:path");

/**
 * Keeps compiled code for the next start, in a folder that is this user's alone. What lies there is run, by a program that holds
 * passwords: a folder of somebody else, or one that others may write, is left alone, and so is a cache that cannot be had.
 * Node's own NODE_DISABLE_COMPILE_CACHE=1 does without it.
 */
module.exports = function keepCompiled() {
  if (process.geteuid === undefined) return;
  try {
    const folder = join(caches(), "mail-reconcile");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const facts = lstatSync(folder);
    const alone = facts.uid === process.geteuid() && (facts.mode & 0o022) === 0;
    if (facts.isDirectory() && alone) enableCompileCache(folder);
  } catch {
    // A start that compiles is slower, and nothing else.
  }
};

/** XDG Base Directory Specification: a relative path is ignored. */
function caches() {
  const { XDG_CACHE_HOME: named = "" } = process.env;
  return isAbsolute(named) ? named : join(homedir(), ".cache");
}
