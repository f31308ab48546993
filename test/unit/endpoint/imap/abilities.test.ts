import { describe, expect, it } from "vitest";
import { abilitiesOf } from "../../../../src/endpoint/imap/abilities.ts";
import { entryItems, entryOf } from "../../../../src/endpoint/imap/entry.ts";
import type { Selected } from "../../../../src/endpoint/imap/select.ts";
import { createReader } from "../../../../src/endpoint/imap/wire/reader.ts";
import type { Response } from "../../../../src/endpoint/imap/wire/response.ts";

const of = (capabilities: string, server = "") => abilitiesOf(new Set(capabilities.split(" ")), server);

const dovecot =
  "IMAP4REV1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE QUOTA ACL RIGHTS=TEXK";
const gmail =
  "IMAP4REV1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584";
const courier = "IMAP4REV1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT SORT QUOTA IDLE ACL ACL2=UNION";

describe("what a server offers", () => {
  it("is taken from its capabilities", () => {
    expect(of(dovecot)).toMatchObject({
      announcing: "plus",
      multiappend: true,
      uidplus: true,
      move: true,
      condstore: true,
      qresync: true,
      listStatus: true,
      binary: true,
      objectId: false,
      gmail: false,
      utf8: false,
      appendLimit: undefined,
    });
    expect(of(gmail)).toMatchObject({
      announcing: "minus",
      multiappend: false,
      qresync: false,
      gmail: true,
      utf8: false,
      appendLimit: 35_651_584,
    });
    expect(of(courier)).toMatchObject({
      announcing: "wait",
      uidplus: true,
      move: false,
      condstore: false,
      listExtended: false,
      specialUse: false,
      unselect: false,
    });
  });

  it("is nothing where nothing is said", () => {
    const { announcing, appendLimit, ...rest } = of("IMAP4REV1");
    expect([announcing, appendLimit]).toEqual(["wait", undefined]);
    expect(new Set(Object.values(rest))).toEqual(new Set([false]));
  });

  it("comes with IMAP4rev2 for much, and not for all", () => {
    const rev2 = of("IMAP4REV2 IMAP4REV1");
    expect(rev2).toMatchObject({
      announcing: "minus",
      uidplus: true,
      move: true,
      unselect: true,
      listStatus: true,
      binary: true,
      idle: true,
    });
    expect(rev2).toMatchObject({ condstore: false, qresync: false, multiappend: false, quota: false });
  });

  it("is not believed where it is known to be wrong, or cannot be used", () => {
    expect(of("OBJECTID", "Cyrus IMAPD 3.6.1-Debian-3.6.1-4+deb12u3").objectId).toBe(false);
    expect(of("OBJECTID", "Cyrus IMAPD 3.8.2").objectId).toBe(true);
    expect(of("QRESYNC").qresync).toBe(false);
    expect(of("QRESYNC ENABLE")).toMatchObject({ qresync: true, condstore: true });
    for (const limit of ["APPENDLIMIT", "APPENDLIMIT=", "APPENDLIMIT=0", "APPENDLIMIT=x"])
      expect(of(limit).appendLimit).toBeUndefined();
  });
});

function response(text: string): Response {
  let found: Response | undefined;
  createReader((each) => {
    found = each;
  }).push(Buffer.from(`${text}\r\n`, "latin1"));
  if (found === undefined) throw new Error("no response");
  return found;
}

const folder = (modseq: bigint) => ({ modseq }) as Selected;

describe("an entry", () => {
  it("asks for what the server knows, and never for bodies", () => {
    expect(entryItems(of("IMAP4REV1"), folder(0n))).toBe("UID FLAGS INTERNALDATE RFC822.SIZE");
    expect(entryItems(of("OBJECTID X-GM-EXT-1 CONDSTORE"), folder(5n))).toBe(
      "UID FLAGS INTERNALDATE RFC822.SIZE EMAILID X-GM-MSGID MODSEQ",
    );
  });

  it("is read in any order of its attributes, with its marks in the case of the standard", () => {
    const line =
      '* 4 FETCH (FLAGS (\\seen \\Recent $Forwarded $Forwarded) MODSEQ (900719925474099312) RFC822.SIZE 17 EMAILID (M1) INTERNALDATE " 1-Feb-2020 01:00:00 +0100" UID 9)';
    expect(entryOf("INBOX", response(line))).toEqual({
      uid: 9,
      place: "INBOX",
      id: "9",
      date: Date.UTC(2020, 1, 1),
      size: 17,
      marks: ["\\Seen", "$Forwarded"],
      objectId: "M1",
      revision: "900719925474099312",
    });
    expect(
      entryOf(
        "INBOX",
        response('* 4 FETCH (UID 9 X-GM-MSGID 12 RFC822.SIZE 0 INTERNALDATE "01-Feb-2020 00:00:00 +0000" FLAGS ())'),
      ),
    ).toMatchObject({
      objectId: "12",
      size: 0,
      marks: [],
    });
  });

  it.each([
    "* 4 FETCH (UID 9 FLAGS (\\Seen))",
    '* 4 FETCH (FLAGS () RFC822.SIZE 17 INTERNALDATE "01-Feb-2020 00:00:00 +0000")',
    '* 4 FETCH (UID x RFC822.SIZE 1 INTERNALDATE "01-Feb-2020 00:00:00 +0000")',
    '* 4 FETCH (UID 0 RFC822.SIZE 1 INTERNALDATE "01-Feb-2020 00:00:00 +0000")',
    "* 4 FETCH NIL",
    "* 4 EXPUNGE",
    "* LIST (UID 9)",
  ])("is none in %j", (line) => {
    expect(entryOf("INBOX", response(line))).toBeUndefined();
  });
});
