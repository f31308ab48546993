import { describe, expect, it } from "vitest";
import { heldParts } from "../../../src/plan/parts.ts";
import { want } from "./made.ts";

const account = (fields: object) => want("account/a@x.example", fields);
const parts = { recovery: ["email"] };

describe("parts of a field that an endpoint cannot hold", () => {
  it("are told, and taken from what is wanted; the rest stays", () => {
    const given = account({ displayName: "A", recovery: { email: "a@y.example", mobile: "+49 170 1" } });
    const before = structuredClone(given);
    expect(heldParts(given, parts)).toEqual({
      want: account({ displayName: "A", recovery: { email: "a@y.example" } }),
      lost: ["recovery.mobile"],
    });
    expect(given).toEqual(before);
  });

  it("take the field with them where nothing of it is left", () => {
    const { want: held, lost } = heldParts(account({ class: "c", recovery: { mobile: "+49 170 1" } }), parts);
    expect(held.fields).toStrictEqual({ class: "c" });
    expect(lost).toEqual(["recovery.mobile"]);
  });

  it("are none where all can be held, where the field is not wanted, and where it has no parts", () => {
    for (const fields of [{ recovery: { email: "a@y.example" } }, { displayName: "A" }, { recovery: null }]) {
      const given = account(fields);
      expect(heldParts(given, parts)).toEqual({ want: given, lost: [] });
    }
    const given = account({ recovery: { mobile: "+49 170 1" } });
    expect(heldParts(given)).toEqual({ want: given, lost: [] });
  });
});
