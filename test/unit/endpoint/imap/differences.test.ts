import { describe, expect, test } from "vitest";
import { differences } from "../../../../src/endpoint/imap/profile/differences.ts";
import type { Observed, Profile } from "../../../../src/endpoint/imap/profile/profile.ts";

const told = { source: "https://docs.example/imap", sure: "documented" } as const;

const profile: Profile = {
  key: "example",
  title: "Example Mail",
  kind: "service",
  hosts: [],
  connection: { value: { port: 993, tls: "implicit" }, ...told },
  server: [],
  mx: [],
  namespace: { value: { prefix: "INBOX.", separator: "." }, ...told },
  folders: {
    sent: [{ value: "Sent", ...told }],
    trash: [
      { value: "Trash", ...told },
      { value: "Bin", ...told },
    ],
  },
  capabilities: { value: ["UIDPLUS", "MOVE", "CONDSTORE"], ...told },
  limits: { appendLimit: { value: 26_214_400, ...told } },
  logins: [],
  quirks: [],
};

const asKnown: Observed = {
  host: "imap.example.com",
  port: 993,
  tls: "implicit",
  greeting: "ready",
  id: {},
  capabilities: ["IMAP4rev1", "uidplus", "MOVE", "CONDSTORE", "IDLE"],
  separator: ".",
  prefix: "INBOX.",
  special: { sent: "Sent", trash: "Bin" },
  appendLimit: 26_214_400,
};

const messages = (more: Partial<Observed>): string[] =>
  differences(profile, { ...asKnown, ...more }).map(({ message }) => message);

describe("a server that is as its profile says", () => {
  test("differs in nothing", () => {
    expect(messages({})).toEqual([]);
  });

  test("may say more than the profile knows", () => {
    expect(
      messages({ capabilities: [...asKnown.capabilities, "QRESYNC"], special: { ...asKnown.special, junk: "Spam" } }),
    ).toEqual([]);
  });

  test("need not say what a server may leave unsaid", () => {
    const { separator: _separator, prefix: _prefix, appendLimit: _appendLimit, ...silent } = asKnown;
    expect(differences(profile, { ...silent, special: {} })).toEqual([]);
  });
});

describe("a server that is otherwise", () => {
  test.each<[string, Partial<Observed>, string]>([
    [
      "port",
      { port: 143, tls: "starttls" },
      "Port 143 with STARTTLS is used, where Example Mail is known for 993 with TLS",
    ],
    ["separator", { separator: "/" }, 'Folder levels are parted by "/", where Example Mail is known for "."'],
    ["prefix", { prefix: "" }, 'The personal folders\' prefix is "", where Example Mail is known for "INBOX."'],
    [
      "folder",
      { special: { sent: "Gesendet", trash: "Trash" } },
      'The folder for sent is "Gesendet", where Example Mail is known for "Sent"',
    ],
    [
      "one of several",
      { special: { trash: "Müll" } },
      'The folder for trash is "Müll", where Example Mail is known for "Trash" or "Bin"',
    ],
    ["capability", { capabilities: ["UIDPLUS", "CONDSTORE"] }, "MOVE is not offered, which Example Mail is known for"],
    ["capabilities", { capabilities: ["UIDPLUS"] }, "MOVE, CONDSTORE are not offered, which Example Mail is known for"],
    [
      "limit",
      { appendLimit: 10_485_760 },
      "A message may have 10485760 octets, where Example Mail is known for 26214400",
    ],
  ])("in its %s is told, and believed", (_, more, message) => {
    expect(messages(more)).toEqual([`${message}; what the server says is taken`]);
  });

  test("is told with where the profile has it from", () => {
    expect(differences(profile, { ...asKnown, separator: "/" })).toEqual([
      {
        code: "profile.separator",
        severity: "info",
        about: "imap.example.com",
        message: expect.any(String) as string,
        detail: { known: { prefix: "INBOX.", separator: "." }, observed: "/", source: told.source, sure: "documented" },
      },
    ]);
  });

  test("in all things is told of each once", () => {
    const found = differences(profile, {
      ...asKnown,
      port: 143,
      separator: "/",
      prefix: "",
      special: { sent: "A", trash: "B" },
      capabilities: [],
      appendLimit: 1,
    });
    expect(found.map(({ code }) => code)).toEqual([
      "profile.connection",
      "profile.separator",
      "profile.prefix",
      "profile.folder",
      "profile.folder",
      "profile.capability",
      "profile.append-limit",
    ]);
  });

  test("and of which little is known differs in little", () => {
    const { namespace: _namespace, capabilities: _capabilities, ...little } = profile;
    expect(
      differences({ ...little, folders: {}, limits: {} }, { ...asKnown, separator: "/", capabilities: [] }),
    ).toEqual([]);
  });
});
