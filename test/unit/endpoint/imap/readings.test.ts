/** What servers say, and what it means for what was tried. */
import { describe, expect, it } from "vitest";
import { expectOk, refusal } from "../../../../src/endpoint/imap/faults.ts";
import { Fault, spoiling } from "../../../../src/model/fault.ts";
import type { Response } from "../../../../src/endpoint/imap/wire/response.ts";
import { createReader } from "../../../../src/endpoint/imap/wire/reader.ts";

/** A line of a server as its reader has it. */
function said(line: string): Response {
  let found: Response | undefined;
  createReader((response) => {
    found = response;
  }).push(Buffer.from(`${line}\r\n`, "latin1"));
  if (found === undefined) throw new Error("no response");
  return found;
}

function faultOf(line: string, spoils: "item" | "place" | "mailbox" = "item"): Fault {
  const { code, text } = said(line);
  return refusal({ code: code?.name, text }, "Appending a message", "Work", spoils);
}

const waits = (line: string) => faultOf(line).retry;

describe("a refusal", () => {
  it.each<[string, string, string, string]>([
    // Response codes: RFC 3501, 5530, 4469, 7889, 9208.
    ["by code", "r1 NO [OVERQUOTA] Quota exceeded", "mailbox.full", "item"],
    ["by code", "r1 NO [TOOBIG] no", "item.tooLarge", "item"],
    ["by code", "r1 NO [LIMIT] no", "server.busy", "mailbox"],
    ["by code", "r1 NO [INUSE] Mailbox is locked", "place.locked", "place"],
    ["by code", "r1 NO [UNAVAILABLE] no", "server.busy", "mailbox"],
    [
      "by code",
      "r1 NO [SERVERBUG] Internal error occurred. Refer to server log for more information.",
      "server.failed",
      "item",
    ],
    ["by code", "r1 NO [TRYCREATE] Mailbox doesn't exist", "place.missing", "place"],
    ["by code", "r1 NO [NONEXISTENT] no", "place.missing", "place"],
    ["by code", "r1 NO [NOPERM] no", "place.denied", "item"],
    ["by code", "r1 NO [CANNOT] Invalid mailbox name", "place.unfit", "item"],
    ["by code", "r1 NO [AUTHORIZATIONFAILED] no", "login.refused", "mailbox"],
    [
      "Dovecot",
      "r1 NO [OVERQUOTA] Quota exceeded (mailbox for user is full) (0.001 + 0.000 secs).",
      "mailbox.full",
      "item",
    ],
    [
      "Dovecot",
      "r1 NO [LIMIT] Mail size is larger than the maximum size allowed by server configuration (0.001 + 0.000 secs).",
      "item.tooLarge",
      "item",
    ],
    ["Dovecot", "r1 NO [LIMIT] Maximum number of connections from user+IP exceeded", "server.busy", "mailbox"],
    ["Cyrus", "r1 NO [TOOBIG] Message size exceeds fixed limit", "item.tooLarge", "item"],
    ["Dovecot", "r1 NO Mailbox doesn't exist: Work", "place.missing", "place"],
    ["Cyrus", "r1 NO Over quota", "mailbox.full", "item"],
    ["Cyrus", "r1 NO Message size exceeds fixed limit", "item.tooLarge", "item"],
    ["Cyrus", "r1 NO Permission denied", "place.denied", "item"],
    ["Cyrus", "r1 NO Mailbox does not exist", "place.missing", "place"],
    ["Cyrus", "r1 NO Message contains NUL characters", "server.refused", "item"],
    ["Courier", "r1 NO You exceeded your mail quota.", "mailbox.full", "item"],
    ["Courier", "r1 NO [ALERT] You exceeded your mail quota.", "mailbox.full", "item"],
    ["Exchange", "r1 BAD Request is throttled. Suggested Backoff Time: 299 milliseconds", "server.busy", "mailbox"],
    ["Exchange", "r1 NO AppendMessage failed: the message exceeds the maximum size", "item.tooLarge", "item"],
    ["Exchange", "r1 NO Server Unavailable. 15", "server.busy", "mailbox"],
    ["Exchange", "r1 NO The mailbox is full", "mailbox.full", "item"],
    [
      "Gmail",
      "r1 NO [OVERQUOTA] Account exceeded command or bandwidth limits. 3if123 (Failure)",
      "server.busy",
      "mailbox",
    ],
    ["Gmail", "r1 NO [THROTTLED] slow down", "server.busy", "mailbox"],
    ["Gmail", "r1 NO [ALERT] Too many simultaneous connections. (Failure)", "server.busy", "mailbox"],
    ["Gmail", "r1 NO [ALERT] Message too large. https://support.example/ (Failure)", "item.tooLarge", "item"],
    ["Gmail", "r1 NO [NONEXISTENT] Unknown Mailbox: Work (Failure)", "place.missing", "place"],
    ["Yahoo", "r1 NO [UNAVAILABLE] UID FETCH Server error - Please try again later", "server.busy", "mailbox"],
    ["somebody", "r1 NO why not", "server.refused", "item"],
    ["somebody", "r1 NO [MADEUP] why not", "server.refused", "item"],
  ])("of %s, %j, is %s and spoils the %s", (_, line, code, spoils) => {
    const fault = faultOf(line);
    expect(fault).toMatchObject({ code, spoils, about: "Work" });
    expect(fault.remedy).not.toBe("");
    expect(fault.message.startsWith("Appending a message: the server said ")).toBe(true);
  });

  it("waits as long as it asks for", () => {
    expect(waits("r1 BAD Request is throttled. Suggested Backoff Time: 299 milliseconds")).toEqual({ afterMs: 299 });
    expect(waits("r1 NO Suggested Backoff Time: 12 seconds")).toEqual({ afterMs: 12_000 });
    expect(waits("r1 NO Suggested backoff time: 500")).toEqual({ afterMs: 500 });
    expect(waits("r1 NO [THROTTLED] slow down")).toEqual({ afterMs: expect.any(Number) });
    expect(waits("r1 NO [OVERQUOTA] full")).toBe("later");
    expect(waits("r1 NO [CANNOT] bad name")).toBe("never");
  });

  it("tells of a message that is too large what it spoils, whatever was tried", () => {
    expect(faultOf("r1 NO [TOOBIG] no", "mailbox").spoils).toBe("item");
    expect(faultOf("r1 NO [OVERQUOTA] no", "mailbox").spoils).toBe("mailbox");
  });

  it("quotes the server, and not without end", () => {
    expect(faultOf('r1 NO [ALERT] look "here"').message).toBe(
      'Appending a message: the server said "[ALERT] look \\"here\\""',
    );
    expect(faultOf(`r1 NO ${"x".repeat(10_000)}`).message.length).toBeLessThan(400);
  });

  it("is every answer but OK", () => {
    expect(expectOk(said("r1 OK [TRYCREATE] fine"), "Asking", "Work", "place")).toMatchObject({ name: "OK" });
    for (const line of ["r1 NO no", "r1 BAD what", "* BYE"])
      expect(() => expectOk(said(line), "Asking", "Work", "place")).toThrow(Fault);
  });

  it("is the same with another reach", () => {
    const cause = new Error("why");
    const facts = { code: "a.b", message: "m", retry: { afterMs: 5 }, about: "x", remedy: "r", cause } as const;
    const fault = spoiling(new Fault({ ...facts, spoils: "item" }), "mailbox");
    expect(fault).toMatchObject({ ...facts, spoils: "mailbox" });
    expect(spoiling(new Fault({ code: "a.b", message: "m", spoils: "item" }), "run")).toMatchObject({
      spoils: "run",
      retry: "never",
      about: undefined,
      remedy: undefined,
    });
  });
});
