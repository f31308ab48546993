/** Files with secrets that others may read: told by a plan and by an apply, as by a check, and nothing of what is in them. */
import { chmod } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { companyFiles, rows } from "./company.ts";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

it("are named by plan, apply and check", async () => {
  await place.write({
    ...companyFiles("accounts: {ana: {password: {secret: {file: ../ana-secret}}}}"),
    "ana-secret": "open sesame\n",
    "new/accounts.csv": "address,password\nbo@elsewhere.example,hunter22\n",
  });
  await chmod(place.path("ana-secret"), 0o644);
  await chmod(place.path("new/accounts.csv"), 0o644);
  const check = await place.run(["check"]);
  const plan = await place.run(["plan"]);
  const apply = await place.run(["apply", "--auto-approve"]);
  expectCode(apply, 0);
  for (const { stdout, stderr } of [check, plan, apply]) {
    const said = stdout + stderr;
    expect(said).toMatch(/ana-secret[^]*everybody on this machine/u);
    expect(said).toMatch(/new\/accounts\.csv[^]*others than its owner/u);
    expect(said).not.toMatch(/sesame|hunter22/u);
  }
  expect((await rows(place, "new/accounts.csv")).find(({ address }) => address === "ana@example.com")).toMatchObject({
    password: "open sesame",
  });
  await chmod(place.path("ana-secret"), 0o600);
  const after = await place.run(["plan"]);
  expect(after.stdout + after.stderr).not.toMatch(/everybody|others than/u);
});
