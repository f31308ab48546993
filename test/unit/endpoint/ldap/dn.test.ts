import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childOf, escapeValue, isBelow, keyOfDn, parseDn, splitDn } from "../../../../src/endpoint/ldap/dn.ts";

/** Names that would be more than one part, or none, were they not escaped. */
const hostile = [
  "ana,ou=admins",
  "ana+cn=admin",
  'quote"d',
  "back\\slash\\",
  "\\2c",
  " blanks ",
  "#hash",
  "a=b",
  "<a;b>",
  "nul\u0000line\nend",
  "陳美, Иванов",
  "\u00a0no-break\u3000",
  "\u00a0",
  "\\",
];

describe("names of entries", () => {
  test.each(hostile)("%j stays one value of one part", (value) => {
    const dn = childOf("ou=people,dc=example,dc=com", "uid", value);
    expect(parseDn(dn)).toEqual([
      [{ type: "uid", value }],
      [{ type: "ou", value: "people" }],
      [{ type: "dc", value: "example" }],
      [{ type: "dc", value: "com" }],
    ]);
    expect(splitDn(dn).parent).toBe("ou=people,dc=example,dc=com");
  });

  test("any value at all comes back", () =>
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        const dn = childOf(childOf("dc=com", "ou", b), "uid", a);
        expect(parseDn(dn).map(([part]) => part?.value)).toEqual([a, b, "com"]);
      }),
    ));

  test("what is written in other ways is read (RFC 4514, 4)", () => {
    expect(parseDn("OU=Sales+CN=J.  Smith,DC=example,DC=net")[0]).toEqual([
      { type: "OU", value: "Sales" },
      { type: "CN", value: "J.  Smith" },
    ]);
    expect(parseDn('CN="Smith, James ""J", 2.5.4.11 = x ')).toEqual([
      [{ type: "CN", value: 'Smith, James ""J' }],
      [{ type: "2.5.4.11", value: "x" }],
    ]);
    expect(parseDn(String.raw`CN=Lu\C4\8Di\C4\87`)).toEqual([[{ type: "CN", value: "Lučić" }]]);
    expect(() => parseDn("no name")).toThrow(SyntaxError);
    expect(() => parseDn("cn=a,,dc=b")).toThrow(SyntaxError);
    expect(() => parseDn("cn=a,")).toThrow(SyntaxError);
  });

  test("spellings of one name have one key, and two names two", () => {
    const key = keyOfDn("cn=Ruiz\\2C Ana,ou=people,dc=example,dc=com");
    for (const same of [
      String.raw`CN=Ruiz\, Ana,OU=People,DC=example,DC=com`,
      String.raw`cn = ruiz\,  ana , ou=people, dc=example,dc=com`,
      'cn="Ruiz, Ana";ou=people;dc=example;dc=com',
    ])
      expect(keyOfDn(same)).toBe(key);
    expect(keyOfDn("cn=Ruiz,cn=Ana,ou=people,dc=example,dc=com")).not.toBe(key);
    expect(keyOfDn("OU=b+CN=a,dc=com")).toBe(keyOfDn("cn=A+ou=B,dc=com"));
    expect(isBelow("uid=ana,OU=People,dc=example,dc=com", "ou=people, dc=example,dc=com")).toBe(true);
    expect(isBelow("uid=ana,ou=otherpeople,dc=com", "ou=people,dc=com")).toBe(false);
  });

  test("a blank that is escaped stays, and one that is not does not count", () => {
    expect(splitDn(String.raw` cn=ana\  , dc=example,dc=com`)).toEqual({
      own: String.raw`cn=ana\ `,
      parent: "dc=example,dc=com",
    });
    expect(parseDn(String.raw`cn = ana\  `)).toEqual([[{ type: "cn", value: "ana " }]]);
  });

  test("is read in a time that grows with its length alone", () => {
    // By the square of these it would take hours.
    const blanks = " ".repeat(400_000);
    const parts = Array.from({ length: 300 }, (_, at) => `ou=${at}`).join(",");
    expect(parseDn(`cn=a${blanks}b${blanks},${parts},dc=com`)).toHaveLength(302);
  });

  test("escapes no more than it must", () => {
    expect(escapeValue("Ana Ruiz-Åkesson (Sales) *")).toBe("Ana Ruiz-Åkesson (Sales) *");
  });
});
