import { describe, expect, it } from "vitest";
import { commonFindings, ownFindings } from "../../../../../src/endpoint/imap/check/mailbox.ts";
import type { SeenMailbox } from "../../../../../src/endpoint/imap/check/observe.ts";

const plain: SeenMailbox = {
  special: [],
  views: [],
  foreign: [],
  closed: [],
  expiries: new Map(),
  sight: { address: "mailbox/ana@example.com" },
};

const own = (more: Partial<SeenMailbox>, use: "source" | "destination" = "source") =>
  ownFindings({ ...plain, ...more }, "old", use).map(({ code, severity }) => `${severity} ${code}`);
const common = (more: Partial<SeenMailbox>) =>
  new Map(
    commonFindings({ ...plain, ...more }, { prefix: "INBOX.", separator: "." }, "destination").map((each) => [
      each.code,
      each.message,
    ]),
  );

describe("what a mailbox shows", () => {
  it("is nothing to tell where all can be opened", () => {
    expect(own({})).toEqual([]);
    expect(own({ rights: "lrswipkxtecdan" }, "destination")).toEqual([]);
  });

  it("says which folders cannot be opened", () => {
    expect(own({ closed: ["Kept"] })).toEqual(["error folders.closed"]);
  });

  it("lacks rights, by what each side needs", () => {
    expect(own({ rights: "lrs" }, "destination")).toEqual(["error login.rights"]);
    expect(own({ rights: "ls" })).toEqual(["error login.rights"]);
  });

  it("leaves out views and others' folders by name, at the source", () => {
    const seen = { views: ["All Mail"], foreign: Array.from({ length: 22 }, (_, at) => `Shared/${at}`) };
    expect(own(seen)).toEqual(["info folders.views", "info folders.foreign"]);
    expect(ownFindings({ ...plain, ...seen }, "old", "source")[1]?.message).toMatch(/"Shared\/19" and 2 more$/u);
    expect(own(seen, "destination")).toEqual([]);
  });

  it("is removed by age, by folder", () => {
    const [told] = ownFindings({ ...plain, expiries: new Map([["Trash", "14"]]) }, "old", "source");
    expect(told).toMatchObject({ severity: "warning", message: 'old removes mail by age: "Trash" after 14 days' });
  });

  it("tells marks, limits and who named the folders", () => {
    const told = common({
      special: [
        { role: "trash", folder: "Papierkorb", said: true },
        { role: "sent", folder: "Sent Items", said: false },
      ],
      sight: { ...plain.sight, marks: ["\\Seen", "$Junk"], largest: { bytes: 1024, certain: false } },
    });
    expect(told.get("imap.namespace")).toBe('Folders: levels are parted by ".", the prefix "INBOX."');
    expect(told.get("imap.special")).toBe(
      'Special folders: trash is "Papierkorb" (said by the server); sent is "Sent Items" (by name)',
    );
    expect(told.get("imap.marks")).toBe("Flags: it keeps only \\Seen $Junk (PERMANENTFLAGS)");
    expect(told.get("imap.limit")).toBe("Size limit: 1 KiB a message as its profile says; the server does not tell");
    // What was not seen is not told.
    expect(common({}).has("imap.marks")).toBe(false);
  });
});
