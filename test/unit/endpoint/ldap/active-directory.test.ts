import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { createEntry } from "../../../../src/endpoint/ldap/entry.ts";
import { resultFault } from "../../../../src/endpoint/ldap/faults.ts";
import { enabledByControl } from "../../../../src/endpoint/ldap/flavour/active-directory/control.ts";
import { guidText } from "../../../../src/endpoint/ldap/flavour/active-directory/guid.ts";
import { parseProxies, printProxies } from "../../../../src/endpoint/ldap/flavour/active-directory/proxies.ts";

const entry = (control: string) =>
  createEntry({ dn: "cn=x", attributes: [{ type: "userAccountControl", values: [Buffer.from(control)] }] });
const refusal = (code: string) =>
  resultFault(
    {
      code: 49,
      words: `80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data ${code}, v4563\0`,
      referrals: [],
    },
    { what: "Logging in", about: "corp", spoils: "endpoint" },
  );

const said = (code: number, words: string) =>
  resultFault({ code, words, referrals: [] }, { what: "Writing", about: "account/a@example.com", spoils: "item" });

describe("an objectGUID", () => {
  // MS-DTYP 2.3.4: the first three fields are little-endian.
  const text = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  const octets = Buffer.from("ae4f1df8ec7dd011a76500a0c91e6bf6", "hex");

  test("is text in the order of Windows", () => {
    expect(guidText(octets)).toBe(text);
  });

  test("is none of another length", () => {
    expect(guidText(undefined)).toBeUndefined();
    expect(guidText(octets.subarray(1))).toBeUndefined();
  });
});

describe("proxyAddresses", () => {
  const values = [
    "smtp:Info@Example.com",
    "X500:/o=Old/ou=Exchange/cn=ana",
    "SMTP:Ana.Ruiz@example.com",
    "sip:ana@example.com",
    'smtp:"odd one"@example.com',
    "x400:c=US;a= ;p=Old",
  ];

  test("are the primary address, further ones, and what is none of ours", () => {
    expect(parseProxies(values)).toEqual({
      primary: "ana.ruiz@example.com",
      others: ["info@example.com"],
      foreign: [values[1], values[3], values[4], values[5]],
    });
    expect(parseProxies(["smtp:a@example.com"])).toEqual({
      primary: undefined,
      others: ["a@example.com"],
      foreign: [],
    });
  });

  test("keep their spelling, and all that is none of ours, when others change", () => {
    const { primary, others } = parseProxies(values);
    expect(printProxies(values, { primary, others }).toSorted()).toEqual(values.toSorted());
    expect(printProxies(values, { primary: "new@example.com", others: ["ana.ruiz@example.com"] })).toEqual([
      "SMTP:new@example.com",
      "smtp:Ana.Ruiz@example.com",
      values[1],
      values[3],
      values[4],
      values[5],
    ]);
    expect(printProxies([], { primary: "a@example.com", others: ["a@example.com"] })).toEqual(["SMTP:a@example.com"]);
  });
});

describe("userAccountControl", () => {
  const { parse, print } = enabledByControl("userAccountControl");
  const printed = (value: boolean, control: string) =>
    print(value, { name: "x@example.com", there: entry(control) })["userAccountControl"];

  test("tells by one bit whether an account is disabled", () => {
    expect(["512", "514", "66048", "66050", "-2147483136", "x"].map((each) => parse(entry(each)))).toEqual([
      true,
      false,
      true,
      false,
      true,
      undefined,
    ]);
  });

  test("keeps every other bit", () => {
    expect(printed(false, "66048")).toEqual(["66050"]);
    expect(printed(true, "66050")).toEqual(["66048"]);
    expect(printed(true, "512")).toEqual(["512"]);
    // The highest of 32 bits is a sign.
    expect(printed(false, "-2147483136")).toEqual(["-2147483134"]);
    expect(print(false, { name: "x@example.com" })).toEqual({ userAccountControl: ["514"] });
  });
});

describe("a refused login", () => {
  test.each([
    ["52e", /name or the password is wrong/],
    ["533", /account is disabled/],
    ["532", /password has expired/],
    ["773", /must change its password/],
    ["775", /locked/],
    ["80090346", /channel binding/],
  ])("of data %s is told in words", (code, words) => {
    expect(refusal(code)).toMatchObject({ code: "login.refused", message: expect.stringMatching(words) });
  });

  test("of a password or a login name by the rules of the domain is told in words", () => {
    expect(said(19, "0000052D: AtrErr: DSID-03191083, #1: …").message).toMatch(
      /password does not meet the domain's rules/,
    );
    expect(said(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003").message).toMatch(/domain's rules/);
    expect(said(19, "000021C8: AtrErr: DSID-03200BBA, #1: …").message).toMatch(/login name/);
    expect(said(19, "00002082: AtrErr: DSID-031519E1").message).toMatch(/a rule of the directory/);
  });

  test("of a reason that is unknown is told as any other", () => {
    expect(refusal("abc").message).toMatch(/does not know this name with this password/);
  });
});
