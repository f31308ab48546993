/** The stand-in for Graph, and Microsoft's descriptions as its judge: they see what is wrong, on either side. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJudge } from "./graph/judge.ts";

const there = existsSync(join(import.meta.dirname, "../../../shared/specs/microsoft-graph"));
const exchange = {
  method: "POST",
  path: "/users",
  query: new URLSearchParams(),
  body: { accountEnabled: true, displayName: "Ana", userPrincipalName: "ana@example.com" } as unknown,
  status: 201,
  answer: { id: "1", displayName: "Ana", surname: null } as unknown,
};

describe.runIf(there)("Microsoft's descriptions of Graph", () => {
  const { judge } = openJudge();

  it("let pass what is as described", () => {
    expect(judge(exchange)).toEqual([]);
  });

  it.each<[string, Partial<typeof exchange>, RegExp]>([
    ["a value of another type", { body: { accountEnabled: "yes" } }, /accountEnabled must be boolean/],
    ["a property that there is none of", { body: { enabled: true } }, /additional properties.*enabled/],
    ["an answer of another type", { answer: { id: 7 } }, /answer 201\/id must be string/],
    ["an answer with a property too many", { answer: { id: "1", alias: "a" } }, /answer 201.*alias/],
    ["an error without a code", { status: 400, answer: { error: { message: "no" } } }, /answer 400\/error.*code/],
    ["a path that there is none of", { path: "/people" }, /no such path/],
    ["a method that there is none of", { method: "PUT" }, /no such method/],
    ["a parameter that there is none of", { query: new URLSearchParams({ $order: "x" }) }, /no parameter \$order/],
    [
      "a licence that is no id",
      { path: "/users/ana/assignLicense", body: { addLicenses: [{ skuId: "E3" }], removeLicenses: [] } },
      /skuId/,
    ],
  ])("see %s", (_, wrong, told) => {
    expect(judge({ ...exchange, ...wrong }).join("\n")).toMatch(told);
  });
});
