import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyOf, lineOf } from "../../../../src/endpoint/microsoft365/exchange/cmdlet.ts";

/** How PowerShell reads a text between single quotes: any of five characters ends it unless it is doubled. */
function readQuoted(text: string): string {
  const quotes = new Set(["'", "\u2018", "\u2019", "\u201A", "\u201B"]);
  const all = [...text];
  let read = "";
  for (let at = 1; at < all.length; at += 1) {
    const [here = "", next = ""] = [all[at], all[at + 1]];
    if (!quotes.has(here)) read += here;
    else if (quotes.has(next)) {
      read += here;
      at += 1;
    } else return at === all.length - 1 ? read : `ended at ${at}`;
  }
  return "never ended";
}

describe("a cmdlet for a person", () => {
  it("can be pasted", () => {
    const parameters = {
      Identity: "o'neil@example.com",
      EmailAddresses: { add: ["smtp:a@example.com", "smtp:b@example.com"], remove: ["smtp:c@example.com"] },
      Members: ["ana@example.com", "bo@example.com"],
      ManagedBy: [],
      Confirm: false,
    };
    expect(lineOf({ name: "Set-It", parameters })).toBe(
      "Set-It -Identity 'o''neil@example.com' -EmailAddresses @{Add='smtp:a@example.com','smtp:b@example.com';Remove='smtp:c@example.com'} -Members 'ana@example.com','bo@example.com' -ManagedBy @() -Confirm:$false",
    );
  });

  it("carries any text, and nothing of it is run", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "'", "\u2018", "\u2019", "\u201A", "\u201B", '"', "$", "`", ";", " ", "é"),
    });
    fc.assert(
      fc.property(text, (value) => {
        const line = lineOf({ name: "X", parameters: { P: value } });
        expect(readQuoted(line.slice("X -P ".length))).toBe(value);
      }),
    );
  });
});

describe("a cmdlet for the admin API", () => {
  it("says what comes and goes as Exchange's own table", () => {
    expect(
      bodyOf({ name: "Set-Mailbox", parameters: { Identity: "a", EmailAddresses: { add: ["smtp:b"] }, X: true } }),
    ).toEqual({
      CmdletInput: {
        CmdletName: "Set-Mailbox",
        Parameters: {
          Identity: "a",
          EmailAddresses: { "@odata.type": "#Exchange.GenericHashTable", add: ["smtp:b"] },
          X: true,
        },
      },
    });
  });
});
