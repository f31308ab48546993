import { describe, expect, it } from "vitest";
import { abilitiesOf } from "../../../../../src/endpoint/imap/abilities.ts";
import { identityFindings, observedOf } from "../../../../../src/endpoint/imap/check/identity.ts";
import type { Profile } from "../../../../../src/endpoint/imap/profile/profile.ts";

const told = { source: "https://docs.example/imap", sure: "documented" } as const;
const guess = { source: "an old note", sure: "unconfirmed" } as const;

const profile: Profile = {
  key: "example",
  title: "Example Mail",
  kind: "service",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, ...told },
  server: [],
  mx: [],
  namespace: { value: { prefix: "", separator: "/" }, ...told },
  folders: { sent: [{ value: "Sent", ...told }] },
  limits: {},
  logins: [],
  quirks: [
    { code: "example.hides", grave: true, says: "It hides mail.", means: "Have it shown.", matters: "source", ...told },
    { code: "example.slow", grave: true, says: "It is slow.", means: "Wait.", matters: "both", ...guess },
    { code: "example.refuses", says: "It refuses NUL.", means: "Such stay.", matters: "destination", ...told },
  ],
};

function observed(words: string, namespace = { prefix: "", separator: "." }) {
  const capabilities = new Set(words.split(" "));
  const line = {
    greeting: "ready",
    id: { name: "Example", version: "7" },
    capabilities,
    namespaces: { personal: namespace, others: [] },
    abilities: abilitiesOf(capabilities, ""),
  };
  const special = [
    { role: "sent", folder: "Gesendet", said: true },
    { role: "trash", folder: "Trash", said: false },
  ] as const;
  return observedOf(line, { host: "imap.example", port: 993, tls: "implicit" }, special);
}

const seen = observed("NAMESPACE APPENDLIMIT=1000");

const quirks = (use: "source" | "destination") =>
  identityFindings(seen, { profile, why: "it is" }, use)
    .filter(({ code }) => code.startsWith("example."))
    .map(({ severity, message }) => [severity, message]);

describe("what is said of a server", () => {
  it("is what it says itself", () => {
    expect(seen).toMatchObject({ separator: ".", prefix: "", appendLimit: 1000, special: { sent: "Gesendet" } });
    // A name that was guessed is no word of the server, and without NAMESPACE a separator is none either.
    expect(seen.special).not.toHaveProperty("trash");
    expect(observed("IMAP4REV1")).not.toHaveProperty("separator");
  });

  it("names software, profile, why, and where the server differs", () => {
    const findings = identityFindings(seen, { profile, why: "its host is imap.example" }, "source");
    expect(findings.map(({ code }) => code)).toEqual([
      "imap.software",
      "imap.profile",
      "profile.separator",
      "profile.folder",
      "example.hides",
      "example.slow",
    ]);
    expect(findings[0]?.message).toBe('Software: Example 7; it greets with "ready"');
    expect(findings[1]?.message).toBe("Profile: Example Mail, for its host is imap.example");
  });

  it("takes the quirks of the side, with how sure they are; what costs mail is a warning, where it is known", () => {
    expect(quirks("source")).toEqual([
      ["warning", "Known of it (documented): It hides mail. Have it shown."],
      ["info", "Known of it (unconfirmed): It is slow. Wait."],
    ]);
    expect(quirks("destination")).toEqual([
      ["info", "Known of it (unconfirmed): It is slow. Wait."],
      ["info", "Known of it (documented): It refuses NUL. Such stay."],
    ]);
  });

  it("says that no profile fits", () => {
    expect(identityFindings(seen, undefined, "source").map(({ message }) => message)).toEqual([
      'Software: Example 7; it greets with "ready"',
      "Profile: none fits; nothing is assumed but what the server says",
    ]);
  });
});
