import { expect, it } from "vitest";
import { exchangersOf } from "../../../../../src/endpoint/imap/check/exchangers.ts";

it("asks for each domain once, and takes what cannot be looked up for none", async () => {
  const asked: string[] = [];
  const resolve = async (domain: string): Promise<readonly string[]> => {
    asked.push(domain);
    if (domain === "gone.example") throw new Error("ENOTFOUND");
    return [`mx2.${domain}`, `mx1.${domain}`, "mx.shared.example"];
  };
  expect(await exchangersOf(["a.example", "gone.example", "a.example", "b.example"], resolve)).toEqual([
    "mx.shared.example",
    "mx1.a.example",
    "mx1.b.example",
    "mx2.a.example",
    "mx2.b.example",
  ]);
  expect(asked.toSorted()).toEqual(["a.example", "b.example", "gone.example"]);
});
