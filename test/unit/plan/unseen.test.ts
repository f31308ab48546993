import { describe, expect, it } from "vitest";
import type { Handler } from "../../../src/contract/endpoint.ts";
import type { LedgerRecord } from "../../../src/contract/state-store.ts";
import type { DirectoryKind } from "../../../src/model/address.ts";
import type { DirectoryResource } from "../../../src/model/resource.ts";
import { askedByHand, takenFindings } from "../../../src/plan/unseen.ts";
import { want, was } from "./made.ts";

const address = "account/a@x.example";
const handler = {
  fields: new Set(["displayName"]),
  unseen: {
    fields: new Set(["mailbox", "sendAs"]),
    lines: (change: { readonly act: string; readonly fields?: readonly { readonly field: string }[] }) =>
      change.act === "create" ? ["new"] : (change.fields ?? []).map(({ field }) => `set ${field}`),
  },
} as unknown as Handler<DirectoryKind>;

function asked(fields: object, applied?: LedgerRecord["applied"], there = true, endpoint = "new") {
  const record = applied === undefined ? undefined : ({ address, endpoint: "new", applied } as LedgerRecord);
  const seen = there ? was(address, {}) : undefined;
  return askedByHand(want(address, fields) as DirectoryResource, { handler, was: seen, record, endpoint });
}

describe("fields that an endpoint does not show", () => {
  it("are asked of a person once, and again when they are written otherwise", () => {
    const fields = { displayName: "A", mailbox: "shared", sendAs: ["b@x.example"] };
    const first = asked(fields);
    expect(first.drafts).toMatchObject([
      {
        address,
        change: {
          act: "manual",
          unseen: true,
          instructions: ["set mailbox", "set sendAs"],
          expect: [
            { field: "mailbox", to: "shared" },
            { field: "sendAs", to: ["b@x.example"] },
          ],
        },
      },
    ]);
    expect(first.taken).toEqual([]);
    expect(asked(fields, fields)).toEqual({ drafts: [], taken: ["mailbox", "sendAs"] });
    const again = asked({ ...fields, mailbox: "user" }, fields);
    expect(again.drafts).toMatchObject([
      { change: { instructions: ["set mailbox"], expect: [{ field: "mailbox", from: "shared", to: "user" }] } },
    ]);
    expect(again.taken).toEqual(["sendAs"]);
  });

  it("are asked for anew of an account that is made, and at another endpoint", () => {
    expect(asked({ mailbox: "shared" }, { mailbox: "shared" }, false).drafts).toMatchObject([
      { change: { instructions: ["new"] } },
    ]);
    expect(asked({ mailbox: "shared" }, { mailbox: "shared" }, true, "other").drafts).toHaveLength(1);
  });

  it("are nobody's trouble where they are not written, or the endpoint shows all that it has", () => {
    expect(asked({ displayName: "A" })).toEqual({ drafts: [], taken: [] });
    const plain = { fields: handler.fields } as Handler<DirectoryKind>;
    const around = { handler: plain, was: was(address), record: undefined, endpoint: "new" };
    expect(askedByHand(want(address, { mailbox: "shared" }) as DirectoryResource, around)).toEqual({
      drafts: [],
      taken: [],
    });
  });

  it("are named together in one finding", () => {
    const taken = ["b", "a"].map(
      (name) => ({ address: `account/${name}@x.example`, kind: "account", field: "mailbox" }) as const,
    );
    expect(takenFindings("new", taken)).toMatchObject([
      {
        code: "field.unseen",
        severity: "info",
        about: "new",
        detail: { fields: ["mailbox"], addresses: taken.map((each) => each.address) },
      },
    ]);
    expect(takenFindings("new", [])).toEqual([]);
  });
});
