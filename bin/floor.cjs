// ES5 on purpose: an old Node must get far enough to say so. better-sqlite3 crashes it without a word.
"use strict";

/** The sentence for a Node older than package.json's `engines.node` (`>=major.minor`), or undefined. */
module.exports = function tooOld() {
  var floor = /^>=(\d+)\.(\d+)/.exec(require("../package.json").engines.node);
  var has = process.versions.node.split(".");
  var major = Number(has[0]) - Number(floor[1]);
  if (major > 0 || (major === 0 && Number(has[1]) >= Number(floor[2]))) return undefined;
  return (
    "reconcile needs Node " +
    floor[1] +
    "." +
    floor[2] +
    " or newer, and this is " +
    process.versions.node +
    " (" +
    process.execPath +
    ")."
  );
};
