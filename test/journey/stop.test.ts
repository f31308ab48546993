import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { column, companyFiles, feedPipe, makePipe, people, releasePipe } from "./company.ts";
import { openPlace, type Place, type Running } from "./run.ts";

let place: Place;
beforeEach(async () => {
  place = await openPlace();
  const held = `password: {secret: {command: [cat, ${place.path("pipe")}]}}`;
  await place.write(companyFiles(people.replace("quota: 50GB", held)));
  await makePipe(place.path("pipe"));
});
afterEach(async () => {
  await releasePipe(place.path("pipe"));
  await place.remove();
});

/** An apply that waits for Ana's password at the pipe, with her step begun and nothing of it written. */
async function held(): Promise<Running> {
  const running = place.start(["apply", "--auto-approve", "--progress", "json"]);
  await running.said('"address":"account/ana@example.com"');
  return running;
}

const accounts = () => column(place, "new/accounts.csv", "address");

describe("two runs at once", () => {
  it("do not happen: the second is told who holds the state, with 6", async () => {
    const first = await held();
    const second = await place.run(["apply", "--auto-approve"]);
    expect(second.code).toBe(6);
    expect(second.stderr).toMatch(new RegExp(`reconcile apply.*${first.child.pid}`, "u"));
    const plan = await place.run(["plan"]);
    expect(plan.code).toBe(0);
    expect(plan.stdout).toMatch(/reconcile apply is running/u);
    const status = await place.run(["status"]);
    expect(status.stdout).toMatch(/running/u);
    await feedPipe(place.path("pipe"), "the password");
    expect((await first.ended).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("end for the first when the state is taken from it: it writes nothing more that is remembered", async () => {
    const first = await held();
    const refused = await place.run(["unlock"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/it is running/u);
    expect((await place.run(["unlock", "--force"])).code).toBe(0);
    await feedPipe(place.path("pipe"), "the password");
    expect((await first.ended).code).toBe(6);
    expect(await column(place, "new/lists.csv", "address")).toEqual([]);
    expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
    expect(await column(place, "new/lists.csv", "address")).toEqual(["sales@example.com"]);
  });
});

describe("an interruption", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "lets what is under way end on the first %s, and a rerun goes on",
    async (signal) => {
      const running = await held();
      running.child.kill(signal);
      await running.said("Stopping");
      await feedPipe(place.path("pipe"), "the password");
      const { code, stdout } = await running.ended;
      expect(code).toBe(130);
      expect(stdout).toMatch(/skipped/u);
      expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
      expect(await column(place, "new/lists.csv", "address")).toEqual([]);
      expect((await place.run(["status"])).stdout).toMatch(/interrupted/u);
      expect((await place.run(["apply", "--auto-approve"])).code).toBe(0);
      expect(await column(place, "new/lists.csv", "address")).toEqual(["sales@example.com"]);
      expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
    },
  );

  it("comes by itself when the time is over, and is no signal", async () => {
    const running = place.start(["apply", "--auto-approve", "--max-duration", "1s"]);
    await running.said("The time is over");
    const { child } = running;
    while (child.exitCode === null) await releasePipe(place.path("pipe"));
    expect((await running.ended).code).toBe(4);
    expect(await column(place, "new/lists.csv", "address")).toEqual([]);
  });

  it("ends at once on the second, leaves nobody waiting, and a rerun takes over", async () => {
    const running = await held();
    running.child.kill("SIGINT");
    await running.said("Stopping");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(await accounts()).toEqual([]);
    const again = await held();
    await feedPipe(place.path("pipe"), "the password");
    expect((await again.ended).code).toBe(0);
    expect(await accounts()).toEqual(["ana@example.com", "bo@example.com"]);
  });

  it("is survived when the process is killed", async () => {
    const running = await held();
    running.child.kill("SIGKILL");
    await running.ended;
    await releasePipe(place.path("pipe"));
    expect((await place.run(["status"])).stdout).toMatch(/interrupted/u);
    const again = await held();
    await feedPipe(place.path("pipe"), "the password");
    expect((await again.ended).code).toBe(0);
    expect((await place.run(["plan", "--detailed-exitcode"])).code).toBe(0);
  });
});
