import { describe, expect, it } from "vitest";
import { startCyrus } from "../servers/cyrus.ts";
import { started } from "../servers/living.ts";
import { without } from "../servers/packages.ts";
import { addressFor, as, check, letterOf, mailboxFor } from "./imap-check.ts";
import { specOf } from "./imap.ts";

const users = { ana: "secret", bo: "secret" };

describe.skipIf(without("cyrus"))("a check of Cyrus", () => {
  it("tells what will not fit, what goes by age, and what others share", async () => {
    const old = await started(startCyrus({ users }));
    const fresh = await started(
      startCyrus({ users, quota: 100 * 1024, appendLimit: 60_000, specialUse: "created", namespace: "prefix-dot" }),
    );
    const large = letterOf(90_000);
    await as(old, "bo", async (client) => void (await client.create("Shared")));
    await as(old, "ana", async (client) => {
      await client.create("Trash");
      await client.append("INBOX", large);
      await client.append("INBOX", letterOf(30_000));
      await client.ok('SETMETADATA Trash (/shared/vendor/cmu/cyrus-imapd/expire "14")');
    });
    const admin = await old.admin();
    await admin.ok('SETACL "user/bo/Shared" ana lrs');
    await admin.close();
    const found = await check({ old: specOf(old), new: specOf(fresh) }, [mailboxFor("ana"), mailboxFor("bo")]);
    expect(found.said("imap.software")[0]).toMatch(/^old: Software: Cyrus IMAPD 3\.6.* of Project Cyrus/u);
    expect(found.said("imap.profile")[1]).toBe("new: Profile: Cyrus IMAP, for its ID says name Cyrus IMAPD");
    expect(found.said("imap.expiry")).toEqual([
      'mailbox/ana@example.com: old removes mail by age: "Trash" after 14 days',
    ]);
    expect(found.said("folders.foreign")).toEqual([
      'mailbox/ana@example.com: Left out at old, for they are others\' or shared: "Other Users/bo/Shared"',
    ]);
    expect(found.said("imap.special").at(-1)).toMatch(/^new: .*sent is "Sent".*\(said by the server\)$/u);
    expect(found.said("imap.limit")).toEqual(["new: Size limit: 58.6 KiB a message (APPENDLIMIT)"]);
    expect(found.of("item.tooLarge")).toEqual([
      expect.objectContaining({
        about: addressFor("ana"),
        detail: { over: 60_000, messages: 1, largest: large.length, limit: 60_000 },
      }),
    ]);
    expect(found.of("quota.exceeded").map(({ about, severity }) => [about, severity])).toEqual([
      [addressFor("ana"), "error"],
    ]);
  });

  it("tells that an administrator may not act for a user, and lets one in who may", async () => {
    const server = await started(startCyrus({ users }));
    await as(server, "ana", (client) => client.append("INBOX", letterOf(100)).then(() => undefined));
    const by = (user: string) => specOf(server, { auth: { method: "admin", user, password: { env: "secret" } } });
    const mailbox = mailboxFor("ana");
    const may = await check({ old: by("proxy"), new: specOf(server) }, [mailbox]);
    expect(may.all.filter(({ severity }) => severity === "error")).toEqual([]);
    const mayNot = await check({ old: by("bo"), new: specOf(server) }, [mailbox]);
    expect(mayNot.said("login.refused")).toEqual([
      expect.stringMatching(/^mailbox\/ana@example\.com: Login refused at old: .*may not act for this user/u),
    ]);
  });

  it("tells which marks the rights at the destination do not keep, and how many messages have them", async () => {
    const [old, fresh] = [await started(startCyrus({ users })), await started(startCyrus({ users }))];
    await as(old, "ana", async (client) => {
      await client.append("INBOX", letterOf(100), ["$Label1", "\\Seen"]);
      await client.append("INBOX", letterOf(200), ["$Label1", "\\Flagged"]);
      await client.append("INBOX", letterOf(300), ["\\Seen"]);
    });
    await as(fresh, "ana", async () => undefined);
    const admin = await fresh.admin();
    await admin.ok('SETACL "user/ana" ana lrsiptekx');
    await admin.close();
    const found = await check({ old: specOf(old), new: specOf(fresh) }, [mailboxFor("ana")]);
    expect(found.of("login.rights")).toEqual([
      expect.objectContaining({ about: addressFor("ana"), severity: "error" }),
    ]);
    expect(found.of("marks.lost")).toEqual([
      expect.objectContaining({ about: addressFor("ana"), severity: "warning" }),
    ]);
    expect(found.said("marks.lost")[0]).toContain("$Label1 (2 messages)");
    expect(found.said("marks.lost")[0]).toContain("\\Flagged (1 message)");
    expect(found.said("marks.lost")[0]).not.toContain("\\Seen");
  });
});
