#!/usr/bin/env node
"use strict";

var refusal = require("./floor.cjs")();
if (refusal) {
  process.stderr.write(refusal + "\n");
  process.exit(1);
}
// No compile cache: it lies at a predictable path under the temporary folder, and this program holds passwords.
require("../dist/cli/main.cjs");
