import { describe, expect, it } from "vitest";
import { abilitiesOf } from "../../../../../src/endpoint/imap/abilities.ts";
import { offerFindings } from "../../../../../src/endpoint/imap/check/offers.ts";

const told = (capabilities: string, use: "source" | "destination" = "destination") => {
  const all = new Set(capabilities.split(" "));
  const findings = offerFindings(abilitiesOf(all, ""), all, use);
  return (code: string) => findings.find((each) => each.code === code);
};

describe("what capabilities mean", () => {
  it.each([
    ["MULTIAPPEND LITERAL+ UIDPLUS", /several messages a command.*LITERAL\+.*APPENDUID/u],
    ["MULTIAPPEND LITERAL- UIDPLUS", /several messages a command.*above 4,096 octets wait/u],
    ["LITERAL+ UIDPLUS", /one message a command, sent without waiting/u],
    ["UIDPLUS", /one message a command, each waits.*APPENDUID/u],
    ["IMAP4REV1", /one message a command, each waits.*found by matching/u],
    ["IMAP4REV2", /one message a command, those above 4,096 octets wait.*APPENDUID/u],
  ])("for writing, by %s", (capabilities, words) => {
    expect(told(capabilities)("imap.append")?.message).toMatch(words);
    expect(told(capabilities, "source")("imap.append")).toBeUndefined();
  });

  it.each([
    ["QRESYNC CONDSTORE ENABLE", /QRESYNC/u],
    ["QRESYNC CONDSTORE", /CONDSTORE.*read whole where the counts say/u],
    ["CONDSTORE", /CONDSTORE.*read whole where the counts say/u],
    ["IMAP4REV1", /every pass reads the flags of every message/u],
  ])("for changes, by %s", (capabilities, words) => {
    for (const use of ["source", "destination"] as const)
      expect(told(capabilities, use)("imap.delta")?.message).toMatch(words);
  });

  it.each([
    ["UIDPLUS MOVE", "info", /marked, moved \(MOVE\) and removed/u],
    ["UIDPLUS", "info", /COPY, then UID EXPUNGE/u],
    ["MOVE", "warning", /marked and moved \(MOVE\), and not removed/u],
    ["IMAP4REV1", "warning", /marked, but not moved, and not removed/u],
  ])("for edits, by %s", (capabilities, severity, words) => {
    expect(told(capabilities)("imap.edit")).toMatchObject({ severity, message: expect.stringMatching(words) });
  });

  it("names the rest, and what is not used", () => {
    expect(told("LIST-STATUS LIST-EXTENDED OBJECTID BINARY COMPRESS=DEFLATE")("imap.offers")?.message).toMatch(
      /LIST-STATUS.*OBJECTID.*BINARY.*COMPRESS=DEFLATE is offered and not used/u,
    );
    expect(told("IMAP4REV1")("imap.offers")?.message).toBe("Nothing else of use is offered");
    expect(told("IMAP4REV1")("imap.nul")?.message).toContain("NUL");
    expect(told("BINARY")("imap.nul")).toBeUndefined();
  });
});
