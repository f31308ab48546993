import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { longest } from "../order.ts";

it.each(longest)("%s, which begins early, is a file", (name) => {
  expect(existsSync(join(import.meta.dirname, "..", `${name}.test.ts`))).toBe(true);
});
