import { describe, expect, it } from "vitest";
import { refusal } from "../../../../src/endpoint/imap/faults.ts";

const said = (took: string) =>
  refusal(
    { code: "OVERQUOTA", text: `Quota exceeded (mailbox for user is full)${took}` },
    "Appending",
    "INBOX",
    "item",
  );

describe("a refusal", () => {
  it("reads the same whenever it is the same, however long the server took", () => {
    const message = 'Appending: the server said "[OVERQUOTA] Quota exceeded (mailbox for user is full)"';
    for (const took of ["", " (0.001 + 0.000 secs).", " (0.002 + 0.000 + 0.001 secs)."])
      expect(said(took).message).toBe(message);
  });

  it("of a server that failed by itself is about what was asked for, and tells when by its log", () => {
    const text =
      "Internal error occurred. Refer to server log for more information. [2026-11-28 05:15:30] (0.002 + 0.000 secs).";
    const fault = refusal({ code: "SERVERBUG", text }, "Appending", "INBOX", "item");
    expect(fault).toMatchObject({ code: "server.failed", spoils: "item", remedy: expect.stringMatching(/log.*disk/) });
    expect(fault.message).not.toContain("05:15");
  });

  it.each(["item", "place"] as const)("of a server that is busy says nothing of what was asked for: %s", (spoils) => {
    const fault = refusal({ code: "UNAVAILABLE", text: "Backend away" }, "Opening", "INBOX", spoils);
    expect(fault).toMatchObject({ code: "server.busy", spoils: "mailbox", retry: { afterMs: 30_000 } });
  });
});
