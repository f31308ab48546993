// Runs before every script: `npm ci` brings a Node of its own, unless its install script was not allowed to run.
"use strict";

var refusal = require("../bin/floor.cjs")();
if (refusal) {
  process.stderr.write(refusal + " `npm ci` without --ignore-scripts and --omit=dev installs a fitting one.\n");
  process.exit(1);
}
