import { describe, expect, test } from "vitest";
import { recogniseProfile } from "../../../../src/endpoint/imap/profile/recognise.ts";
import { profiles } from "../../../../src/endpoint/imap/profile/table.ts";

type Seen = Parameters<typeof recogniseProfile>[0];

const seen = (more: Partial<Seen>): Seen => ({
  host: "mail.example.com",
  greeting: "",
  id: {},
  capabilities: [],
  ...more,
});
const keyOf = (more: Partial<Seen>): string | undefined => recogniseProfile(seen(more))?.profile.key;
const words = (text: string): string[] => text.split(" ");

describe("by its host", () => {
  test.each([
    ["imap.gmail.com", "gmail"],
    ["IMAP.Gmail.COM.", "gmail"],
    ["outlook.office365.com", "microsoft365"],
    ["imap.zoho.com", "zoho"],
    ["imappro.zoho.eu", "zoho"],
    ["imap.zoho.in", "zoho"],
    ["imappro.zoho.com.au", "zoho"],
    ["imap.zoho.jp", "zoho"],
    ["imap.mail.eu-west-1.awsapps.com", "workmail"],
    ["imap.ionos.de", "ionos"],
    ["imap.ionos.co.uk", "ionos"],
    ["imap.ionos.es", "ionos"],
    ["imap.1und1.de", "ionos"],
    ["imap.livemail.co.uk", "fasthosts"],
    ["imap.hostinger.com", "hostinger"],
    ["imap.titan.email", "titan"],
    ["imap.dreamhost.com", "dreamhost"],
    ["box1234.bluehost.com", "bluehost"],
    ["imap.mail.yahoo.com", "yahoo"],
    ["imap.mail.me.com", "icloud"],
    ["imap.fastmail.com", "fastmail"],
    ["example.mithiskyconnect.com", "skyconnect"],
  ])("%s is %s", (host, key) => {
    expect(keyOf({ host })).toBe(key);
  });

  test.each(["imap.gmail.com.example.org", "ximap.gmail.com", "imap-gmail.com", "zoho.com", "imap.mail.awsapps.org"])(
    "%s is nobody's",
    (host) => {
      expect(keyOf({ host })).toBeUndefined();
    },
  );

  test("no host belongs to two", () => {
    for (const { key, hosts } of Object.values(profiles)) {
      for (const { value } of hosts)
        expect([value, keyOf({ host: value.replaceAll("*", "x1") })]).toEqual([value, key]);
    }
  });

  test("is said", () => {
    expect(recogniseProfile(seen({ host: "imap.gmail.com" }))?.why).toBe("its host is imap.gmail.com");
  });
});

/** Greetings, ID answers and capabilities as real servers gave them. */
const servers: readonly [string, string, Partial<Seen>][] = [
  ["Gmail's greeting", "gmail", { greeting: "Gimap ready for requests from 127.0.0.1 i9if7359725qay.199" }],
  [
    "Gmail's capabilities",
    "gmail",
    { capabilities: words("IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS") },
  ],
  ["Gmail's ID", "gmail", { id: { name: "GImap", vendor: "Google, Inc." } }],
  [
    "Exchange Online",
    "microsoft365",
    { greeting: "The Microsoft Exchange IMAP4 service is ready. [TQBXAEgAUABSADIA]" },
  ],
  [
    "Exchange Online, after login",
    "microsoft365",
    {
      capabilities: words(
        "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE CHILDREN IDLE NAMESPACE LITERAL+",
      ),
    },
  ],
  ["Zoho", "zoho", { greeting: "svwall.zoho.com IMAP4 Server (Zoho Mail IMAP4rev1 Server version 1.0)" }],
  ["Domino", "domino", { greeting: "Domino IMAP4 Server Release 9.0.1FP9 ready Fri, 14 Dec 2018 08:38:25 +0100" }],
  [
    "Yahoo",
    "yahoo",
    {
      greeting: "IMAP4rev1 Hello",
      capabilities: words("IMAP4rev1 ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS LITERAL+ OBJECTID"),
    },
  ],
  [
    "iCloud",
    "icloud",
    {
      capabilities: words(
        "XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 CONDSTORE ENABLE QRESYNC QUOTA XAPPLELITERAL NAMESPACE UIDPLUS",
      ),
    },
  ],
  ["Dovecot's ID", "dovecot", { id: { name: "Dovecot" } }],
  ["Dovecot of Debian", "dovecot", { greeting: "Dovecot (Debian) ready." }],
  ["Courier", "courier", { greeting: "Courier-IMAP ready. Copyright 1998-2011 Double Precision, Inc." }],
  ["Cyrus's ID", "cyrus", { id: { name: "Cyrus IMAPD", version: "3.2.12", vendor: "Project Cyrus" } }],
  [
    "Cyrus's greeting",
    "cyrus",
    { greeting: "imap.ecs.soton.ac.uk Cyrus IMAP v2.3.13-Invoca-RPM-2.3.13-1.0.JKF server ready" },
  ],
  ["Zimbra's ID", "zimbra", { id: { name: "Zimbra", version: "8.8.15_GA_4484", release: "20230713" } }],
  ["Zimbra's greeting", "zimbra", { greeting: "qa07.lab.zimbra.com Zimbra IMAP4rev1 service ready" }],
];

describe("by its own words", () => {
  test.each(servers)("%s", (_, key, more) => {
    expect(keyOf(more)).toBe(key);
  });

  test("it says which words they were", () => {
    expect(recogniseProfile(seen({ id: { name: "Dovecot" } }))?.why).toBe("its ID says name Dovecot");
    expect(recogniseProfile(seen({ capabilities: ["x-gm-ext-1"] }))?.why).toBe("it offers X-GM-EXT-1");
  });

  test.each<[string, Partial<Seen>]>([
    ["a server that says nothing", {}],
    ["Exchange in one's own house", { greeting: "The Microsoft Exchange IMAP4 service is ready." }],
    ["Dovecot that notifies iPhones", { capabilities: ["IMAP4rev1", "XAPPLEPUSHSERVICE"] }],
    ["an old UW-IMAP", { capabilities: ["IMAP4REV1", "X-NETSCAPE", "LOGIN-REFERRALS"] }],
    ["another's ID", { id: { name: "hMailServer" } }],
  ])("%s is taken for none", (_, more) => {
    expect(recogniseProfile(seen(more))).toBeUndefined();
  });

  test("the host comes before them, the manifest before both", () => {
    const dovecot = { greeting: "Dovecot ready.", id: { name: "Dovecot" } };
    expect(keyOf({ ...dovecot, host: "imap.hostinger.com" })).toBe("hostinger");
    expect(keyOf({ ...dovecot, host: "imap.hostinger.com", provider: "scalahosting" })).toBe("scalahosting");
    expect(keyOf({ ...dovecot, provider: "nobody" })).toBe("dovecot");
  });
});

describe("by the MX, among what is sold under one name", () => {
  const hostinger = { host: "imap.hostinger.com" };
  const bluehost = { provider: "bluehost" };

  test("Hostinger's own mail is Hostinger's", () => {
    expect(keyOf({ ...hostinger, mx: ["mx1.hostinger.com", "mx2.hostinger.com"] })).toBe("hostinger");
    expect(keyOf({ ...hostinger, mx: [] })).toBe("hostinger");
  });

  test("Hostinger's other mail is Titan", () => {
    expect(recogniseProfile(seen({ ...hostinger, mx: ["mx1.titan.email.", "mx2.titan.email."] }))).toMatchObject({
      profile: { key: "titan" },
      why: "Hostinger Email sells it too, and the domain's MX is mx1.titan.email.",
    });
  });

  test.each([
    [["mail.example.com"], "bluehost"],
    [["mx1.titan.email"], "titan"],
    [["aspmx.l.google.com", "alt1.aspmx.l.google.com"], "gmail"],
    [["example-com.mail.protection.outlook.com"], "microsoft365"],
  ])("Bluehost with MX %s is %s", (mx, key) => {
    expect(keyOf({ ...bluehost, mx })).toBe(key);
  });

  test("an MX elsewhere proves nothing: it may be a filter, or the new system already", () => {
    expect(keyOf({ ...hostinger, mx: ["mx.filter.example", "mx0.new.example"] })).toBe("hostinger");
    expect(keyOf({ mx: ["aspmx.l.google.com"] })).toBeUndefined();
    expect(keyOf({ greeting: "Dovecot ready.", mx: ["mx1.hostinger.com"] })).toBe("dovecot");
  });
});
