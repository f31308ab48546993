import { describe, expect, it } from "vitest";
import { startCourier } from "../servers/courier.ts";
import { started } from "../servers/living.ts";
import { without } from "../servers/packages.ts";
import { addressFor, as, check, letterOf, mailboxFor } from "./imap-check.ts";
import { specOf } from "./imap.ts";

describe.skipIf(without("courier"))("a check of Courier", () => {
  it("does without what it lacks, and says so", async () => {
    const old = await started(startCourier({ users: { ana: "secret", bo: "another" } }));
    const users = { ana: { password: "secret", quota: 100_000 }, bo: "secret" };
    const fresh = await started(startCourier({ users }));
    const bodies = [letterOf(70_000), letterOf(50_000)];
    await as(old, "ana", async (client) => {
      await client.create("INBOX.Sent");
      await client.append("INBOX", bodies[0] ?? Buffer.alloc(0), ["$Label1"]);
      await client.append("INBOX.Sent", bodies[1] ?? Buffer.alloc(0));
    });
    const found = await check({ old: specOf(old), new: specOf(fresh) }, [mailboxFor("ana"), mailboxFor("bo")]);
    expect(found.said("imap.profile")[0]).toMatch(/^old: Profile: Courier/u);
    expect(found.said("imap.append")).toEqual([
      expect.stringMatching(/^new: Writing: one message a command, each waits for the server's leave.*APPENDUID/u),
    ]);
    expect(found.said("imap.delta")[1]).toMatch(/every pass reads the flags of every message/u);
    expect(found.said("imap.namespace")).toEqual([
      'old: Folders: levels are parted by ".", the prefix "INBOX."',
      'new: Folders: levels are parted by ".", the prefix "INBOX."',
    ]);
    expect(found.said("imap.special").join("\n")).toMatch(/old: .*sent is "Sent".*\(by name\)/u);
    expect(found.said("login.refused")).toEqual([
      expect.stringMatching(/^mailbox\/bo@example\.com: Login refused at old: the password is wrong/u),
    ]);
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
    expect(found.of("check.total")).toEqual([
      expect.objectContaining({ about: "new", detail: { coming: { messages: 2, bytes } } }),
    ]);
    expect(found.said("check.total")[0]).toContain("message by message");
    expect(found.of("quota.exceeded").map(({ about, severity }) => [about, severity])).toEqual([
      [addressFor("ana"), "error"],
    ]);
  });
});
