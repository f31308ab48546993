import { describe, expect, it } from "vitest";
import { checkEndpoints } from "../../../src/check/run.ts";
import type { CheckRequest, MailboxSight } from "../../../src/contract/check.ts";
import type { Endpoint } from "../../../src/contract/endpoint.ts";
import { type Address, addressOf } from "../../../src/model/address.ts";
import { Fault } from "../../../src/model/fault.ts";
import type { Finding } from "../../../src/model/finding.ts";
import type { MailboxResource, Resource } from "../../../src/model/resource.ts";

const day = (text: string) => Date.parse(`${text}T12:00:00Z`);

function mailbox(name: string, more: Partial<MailboxResource> = {}): MailboxResource {
  return {
    kind: "mailbox",
    name,
    address: addressOf("mailbox", name),
    labels: {},
    source: { endpoint: "old", user: `old-${name}` },
    destination: { endpoint: "new", user: name },
    mode: "copy",
    folders: {},
    messages: {},
    ...more,
  };
}

/** An endpoint that says what it is told to, and keeps what it was asked. */
function endpoint(
  asked: CheckRequest[],
  say: (request: CheckRequest) => { readonly findings?: readonly Finding[]; readonly sights?: readonly MailboxSight[] },
): Endpoint {
  return {
    directory: {},
    items: {},
    check: async function* (request) {
      asked.push(request);
      const { findings = [], sights = [] } = say(request);
      for (const sight of sights) request.seen(sight);
      yield* findings;
    },
    close: async () => {},
  };
}

const run = (endpoints: Readonly<Record<string, Endpoint>>, resources: readonly Resource[], makesAccounts = true) =>
  checkEndpoints({
    makesAccounts,
    endpoints: Object.keys(endpoints),
    resources: new Map<Address, Resource>(resources.map((each) => [each.address, each])),
    signal: new AbortController().signal,
    connect: async (name) => {
      const found = endpoints[name];
      if (found === undefined) throw new Error(name);
      return found;
    },
  });

const places = [
  { id: "1", path: ["INBOX"], selectable: true },
  { id: "2", path: ["Trash"], selectable: true },
  { id: "3", path: ["All Mail"], selectable: true, optional: true as const },
  { id: "4", path: ["Above"], selectable: false },
];

const refuse = (request: CheckRequest) => ({
  findings: request.mailboxes.map(({ address }) => {
    const finding: Finding = { code: "login.refused", severity: "error", about: address, message: request.use };
    return finding;
  }),
});

describe("a check", () => {
  it("asks destinations first, and tells the sources what they take", async () => {
    const asked: CheckRequest[] = [];
    const takes = { marks: ["\\Seen"], largest: { bytes: 100, certain: true } };
    const address = addressOf("mailbox", "ana");
    const old = endpoint(asked, () => ({}));
    const fresh = endpoint(asked, () => ({ sights: [{ address, ...takes }] }));
    await run({ old, new: fresh }, [mailbox("ana"), mailbox("bo")]);
    expect(asked.map(({ use, mailboxes }) => [use, mailboxes.map(({ owner }) => owner.user)])).toEqual([
      ["destination", ["ana", "bo"]],
      ["source", ["old-ana", "old-bo"]],
    ]);
    expect(asked[1]?.mailboxes[0]?.fits).toMatchObject(takes);
    expect(asked[1]?.mailboxes[1]).not.toHaveProperty("fits");
  });

  it("puts the rules as questions", async () => {
    const asked: CheckRequest[] = [];
    const rules = {
      folders: { exclude: ["Trash"] },
      messages: { since: "2020-01-02", maxSize: 10, deleted: "leave" },
    } as const;
    await run({ old: endpoint(asked, () => ({})), new: endpoint(asked, () => ({})) }, [
      mailbox("ana", rules),
      mailbox("bo", { folders: { map: { "All Mail": "Everything" } } }),
    ]);
    const [ana, bo] = asked[1]?.mailboxes ?? [];
    expect([...(ana?.chosen(places) ?? [])]).toEqual(["1"]);
    expect([...(bo?.chosen(places) ?? [])]).toEqual(["1", "2", "3"]);
    expect([...(asked[0]?.mailboxes[0]?.chosen(places) ?? [])]).toEqual(["1", "2", "3", "4"]);
    const message = { date: day("2020-01-03"), size: 10, marks: [] };
    expect(ana?.takes?.(message)).toBe(true);
    expect(ana?.takes?.({ ...message, date: day("2020-01-01") })).toBe(false);
    expect(ana?.takes?.({ ...message, size: 11 })).toBe(false);
    expect(ana?.takes?.({ ...message, marks: ["\\Deleted"] })).toBe(false);
    // Nobody needs to look at each message where the rules take them all.
    expect(bo?.takes).toBeUndefined();
  });

  it("looks into an endpoint without mailboxes once, and into one that is both sides for each, said once", async () => {
    const asked: CheckRequest[] = [];
    const about = { code: "x", severity: "info", about: "mail", message: "Same" } as const;
    const sides = { source: { endpoint: "mail", user: "a" }, destination: { endpoint: "mail", user: "b" } };
    const people: CheckRequest[] = [];
    const report = await run(
      { people: endpoint(people, () => ({})), mail: endpoint(asked, () => ({ findings: [about] })) },
      [mailbox("ana", sides)],
    );
    expect(people.map(({ mailboxes }) => mailboxes)).toEqual([[]]);
    expect(asked.map(({ use }) => use)).toEqual(["destination", "source"]);
    expect(report.flat().filter(({ code }) => code === "x")).toEqual([about]);
  });

  it("goes on after an endpoint that fails", async () => {
    const asked: CheckRequest[] = [];
    const failing = endpoint([], () => {
      throw new Fault({
        code: "tls.refused",
        message: "Not trusted",
        spoils: "endpoint",
        about: "old",
        remedy: "mend",
      });
    });
    const report = await run({ old: failing, new: endpoint(asked, () => ({})) }, [mailbox("ana")]);
    const errors = report.flat().filter(({ severity }) => severity === "error");
    expect(errors).toEqual([
      { code: "tls.refused", severity: "error", about: "old", message: "Not trusted", remedy: "mend" },
    ]);
    expect(asked).toHaveLength(1);
  });

  it("takes it for possible that an account is still to be made, at its destination alone", async () => {
    const account = {
      kind: "account",
      name: "ana",
      address: addressOf("account", "ana"),
      labels: {},
      fields: {},
    } as const;
    const endpoints = { old: endpoint([], refuse), new: endpoint([], refuse) };
    const resources = [mailbox("ana"), mailbox("bo"), account];
    const report = await run(endpoints, resources);
    const told = report.flat().filter(({ code }) => code === "login.refused");
    expect(told.map(({ about, message, severity }) => `${message} ${about} ${severity}`)).toEqual([
      "source mailbox/ana error",
      "source mailbox/bo error",
      "destination mailbox/ana warning",
      "destination mailbox/bo error",
    ]);
    expect(told[2]?.remedy).toContain("apply has still to make the account");
    const severities = (await run(endpoints, resources, false)).flat().map(({ severity }) => severity);
    expect(severities).not.toContain("warning");
  });
});
