import { describe, expect, it } from "vitest";
import { fitFindings, type Pair } from "../../../src/check/fit.ts";
import { wholeFindings } from "../../../src/check/whole.ts";
import type { MailboxSight, QuotaSight } from "../../../src/contract/check.ts";
import { addressOf } from "../../../src/model/address.ts";
import type { MailboxResource } from "../../../src/model/resource.ts";

const kib = 1024;

type Sight = Omit<MailboxSight, "address">;

function pair(user: string, source: Sight | undefined, destination: Sight | undefined): Pair {
  const address = addressOf("mailbox", user);
  const mailbox: MailboxResource = {
    kind: "mailbox",
    name: user,
    address,
    labels: {},
    source: { endpoint: "old", user },
    destination: { endpoint: "new", user },
    mode: "copy",
    folders: {},
    messages: {},
  };
  return {
    mailbox,
    ...(source === undefined ? {} : { source: { address, ...source } }),
    ...(destination === undefined ? {} : { destination: { address, ...destination } }),
  };
}

const holding = (messages: number, bytes: number): Sight => ({ holds: { messages, bytes, counted: "by STATUS SIZE" } });
const quota = (used: number, limit: number, more: Partial<QuotaSight> = {}): QuotaSight => ({
  name: "User quota",
  used: { bytes: used },
  limit: { bytes: limit },
  ...more,
});
const fresh = (...quotas: readonly QuotaSight[]): Sight => ({ holds: { messages: 0, counted: "by STATUS" }, quotas });
const told = (each: Pair) => fitFindings(each).map(({ severity, code }) => `${severity} ${code}`);

describe("a quota", () => {
  it("is enough where what comes is no more than what is free", () => {
    expect(told(pair("ana", holding(2, 90 * kib), fresh(quota(10 * kib, 100 * kib))))).toEqual([]);
    expect(told(pair("ana", holding(2, 90 * kib + 1), fresh(quota(10 * kib, 100 * kib))))).toEqual([
      "error quota.exceeded",
    ]);
  });

  it("may be enough where some of it is there already", () => {
    const there = { ...holding(1, 10), quotas: [quota(10 * kib, 100 * kib)] };
    expect(told(pair("ana", holding(2, 95 * kib), there))).toEqual(["warning quota.exceeded", "info mailbox.present"]);
  });

  it("may count messages, may be several, and none where it is 0", () => {
    const few = quota(0, 0, { used: { messages: 3 }, limit: { messages: 4 } });
    expect(told(pair("ana", holding(2, 10), fresh(quota(0, 0), few)))).toEqual(["error quota.exceeded"]);
    expect(fitFindings(pair("ana", holding(2, 10), fresh(few)))[0]?.message).toBe(
      '2 messages will come, and the quota "User quota" at new has 1 message left of 4 messages',
    );
    expect(told(pair("ana", holding(2, 10), fresh(quota(0, 0))))).toEqual([]);
  });

  it("is not judged where a side was not seen", () => {
    expect(told(pair("ana", undefined, fresh(quota(0, 1))))).toEqual([]);
    expect(told(pair("ana", holding(2, 10), undefined))).toEqual([]);
  });
});

const large = (over: number, messages: number, largest: number): Sight => ({ large: { over, messages, largest } });
const limit = (bytes: number, certain: boolean): Sight => ({ largest: { bytes, certain } });

describe("large messages", () => {
  it.each<[Sight, Sight, readonly string[]]>([
    [large(100, 2, 300), limit(100, true), ["error item.tooLarge"]],
    [large(100, 2, 300), limit(100, false), ["warning item.tooLarge"]],
    [large(100, 0, 0), limit(100, true), []],
    [large(100, 2, 300), {}, ["info item.large"]],
    [large(100, 2, 300), limit(300, true), []],
  ])("%j against %j", (source, destination, findings) => {
    expect(told(pair("ana", source, destination))).toEqual(findings);
  });
});

it("marks that are lost are named with their messages", () => {
  const [lost] = fitFindings(pair("ana", { lost: [{ mark: "$Label1", messages: 12 }] }, {}));
  expect(lost).toMatchObject({
    severity: "warning",
    code: "marks.lost",
    message: "new does not keep $Label1 (12 messages)",
  });
});

describe("all mailboxes together", () => {
  it("are summed, with what is free and what could not be counted", () => {
    const pairs = [
      pair("ana", holding(2, 10 * kib), fresh(quota(0, 50 * kib))),
      pair("bo", holding(3, 20 * kib), fresh(quota(0, 30 * kib))),
      pair("cy", undefined, fresh(quota(0, 20 * kib))),
    ];
    expect(wholeFindings(pairs)).toEqual([
      {
        code: "check.total",
        severity: "info",
        about: "new",
        message:
          "5 messages with 30 KiB will come from 2 of 3 mailboxes, counted by STATUS SIZE; 1 more could not be counted; the quotas there have 100 KiB left in all",
        detail: { coming: { messages: 5, bytes: 30 * kib } },
      },
    ]);
  });

  it("say nothing of room where a mailbox has no quota, or nothing was counted", () => {
    const pairs = [pair("ana", holding(2, 10), fresh(quota(0, 50))), pair("bo", holding(1, 1), fresh())];
    expect(wholeFindings(pairs)[0]?.message).toBe(
      "3 messages with 11 B will come from 2 of 2 mailboxes, counted by STATUS SIZE",
    );
    expect(wholeFindings([pair("ana", undefined, fresh())])).toEqual([]);
  });

  it("may share a quota that each would fit into alone", () => {
    const shared = quota(40 * kib, 100 * kib, { name: "Domain quota" });
    const pairs = ["ana", "bo", "cy"].map((user) => pair(user, holding(1, 30 * kib), fresh(shared)));
    expect(pairs.flatMap(fitFindings)).toEqual([]);
    expect(wholeFindings(pairs)[1]).toMatchObject({
      code: "quota.shared",
      severity: "error",
      about: "new",
      detail: { coming: 90 * kib, free: 60 * kib, addresses: ["mailbox/ana", "mailbox/bo", "mailbox/cy"] },
    });
    expect(wholeFindings(pairs.slice(0, 2))).toHaveLength(1);
  });

  it("do not share what merely has the same name and numbers", () => {
    const own = quota(10 * kib, 40 * kib);
    const filled = { ...holding(5, 10 * kib), quotas: [own] };
    const pairs = ["ana", "bo"].map((user) => pair(user, holding(1, 25 * kib), filled));
    expect(wholeFindings(pairs).map(({ code }) => code)).toEqual(["check.total"]);
    const empty = ["ana", "bo"].map((user) => pair(user, holding(1, 25 * kib), fresh(quota(0, 40 * kib))));
    expect(wholeFindings(empty).map(({ code }) => code)).toEqual(["check.total"]);
  });
});
