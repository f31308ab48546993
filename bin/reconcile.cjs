#!/usr/bin/env node
"use strict";

var refusal = require("./floor.cjs")();
if (refusal) {
  process.stderr.write(refusal + "\n");
  process.exit(1);
}
require("./cache.cjs")();
require("../dist/cli/main.cjs").main(process.argv);
