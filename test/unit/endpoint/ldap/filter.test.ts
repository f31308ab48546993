import { Buffer } from "node:buffer";
import { BerReader, BerWriter, type Filter } from "ldapts";
import { describe, expect, test } from "vitest";
import { all, any, equal, fits, parseFilter } from "../../../../src/endpoint/ldap/filter.ts";

/** Octets as a server gets them. */
function octets(filter: Filter): string {
  const writer = new BerWriter();
  filter.write(writer);
  return writer.buffer.toString("hex");
}

const hostile = ["*", "a)(uid=*", "a)(|(uid=*))", "\\2a", "\\", "nul\u0000", "陳美", "(", ")", "a*b"];

describe("filters", () => {
  test.each(hostile)("%j as a value is one equality with that value", (value) => {
    const reader = new BerReader(Buffer.from(octets(equal("mail", value)), "hex"));
    expect(reader.readSequence()).toBe(0xa3);
    expect(reader.readString()).toBe("mail");
    expect(reader.readString()).toBe(value);
    expect(reader.remain).toBe(0);
  });

  test("of patterns keep all but the star as it is", () => {
    expect(octets(fits("cn", "a)(*(b\\*c"))).toBe(octets(parseFilter(String.raw`(cn=a\29\28*\28b\5c*c)`)));
    expect(octets(fits("cn", "*"))).toBe(octets(parseFilter("(cn=*)")));
    expect(octets(fits("cn", "x)y"))).toBe(octets(equal("cn", "x)y")));
  });

  test("as text are read whole (RFC 4515, 4)", () => {
    expect(octets(parseFilter("cn=Babs Jensen"))).toBe(octets(equal("cn", "Babs Jensen")));
    expect(octets(parseFilter(" ( & (a=b) (| (c=d)(e=f) ) ) "))).toBe(
      octets(all([equal("a", "b"), any([equal("c", "d"), equal("e", "f")])])),
    );
    expect(octets(parseFilter(String.raw`(o=Parens R Us \28for all your parenthetical needs\29)`))).toBe(
      octets(equal("o", "Parens R Us (for all your parenthetical needs)")),
    );
    expect(octets(parseFilter(String.raw`(sn=Lu\c4\8di\c4\87)`))).toBe(octets(equal("sn", "Lučić")));
    expect(octets(parseFilter(String.raw`(bin=\00\ff\04)`))).toBe(octets(equal("bin", Buffer.from([0, 255, 4]))));
    expect(octets(parseFilter("(cn;lang-de=a)"))).toBe(octets(equal("cn;lang-de", "a")));
  });

  test("of bits, and of nothing, which the library's parser refuses", () => {
    // extensibleMatch [9]: matchingRule [1], type [2], matchValue [3] (RFC 4511, 4.5.1).
    const [rule, type] = ["1.2.840.113556.1.4.803", "userAccountControl"].map((each) =>
      Buffer.from(each).toString("hex"),
    );
    expect(octets(parseFilter("(userAccountControl:1.2.840.113556.1.4.803:=2)"))).toBe(
      `a92f8116${rule}8212${type}830132`,
    );
    expect(octets(parseFilter("(&)"))).toBe("a000");
    expect(octets(parseFilter("(1.2.3.4=x)"))).toBe(octets(equal("1.2.3.4", "x")));
  });

  test.each([
    "",
    "(",
    "(a=b",
    "a=b)",
    "(a=b)(c=d)",
    "(!(a=b)(c=d))",
    "(a)",
    "(=x)",
    String.raw`(a=\zz)`,
    "(a=b(c)",
    "(&(a=b)",
  ])("%j is refused", (text) => {
    expect(() => parseFilter(text)).toThrow(SyntaxError);
  });
});
