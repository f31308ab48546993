import { expect, test } from "vitest";
import { createSchema } from "../../../../src/endpoint/ldap/schema.ts";

const schema = createSchema(
  [
    "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
    "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name(s) $ (of course)' SUP name )",
    "( 2.5.4.31 NAME 'member' SUP distinguishedName )",
    "( 2.5.4.49 NAME 'distinguishedName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
    "( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
    "( 1.1.1 NAME 'quota' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
    "( 1.1.2 NAME 'locked' SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 USAGE directoryOperation )",
    "not a description",
  ],
  [
    "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
    "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ 0.9.2342.19200300.100.1.60 ) )",
    "( 2.5.6.7 NAME 'organizationalPerson' SUP person STRUCTURAL )",
    "( 1.2.1 NAME 'mailUser' SUP top AUXILIARY MUST mail MAY ( quota $ mail ) )",
    "( 1.2.2 NAME 'quotaUser' SUP top AUXILIARY MAY quota )",
    "( 1.3.6.1.4.1.1466.101.120.111 NAME 'extensibleObject' SUP top AUXILIARY )",
  ],
);

test("attributes are known by every name and number, with what they are a kind of", () => {
  expect(schema.attribute("COMMONNAME")).toEqual(schema.attribute("2.5.4.3"));
  expect(schema.attribute("cn")).toMatchObject({
    name: "cn",
    syntax: "1.3.6.1.4.1.1466.115.121.1.15",
    comparable: true,
  });
  expect(schema.attribute("member")?.syntax).toBe("1.3.6.1.4.1.1466.115.121.1.12");
  expect(schema.attribute("jpegPhoto")).toMatchObject({ comparable: false, single: false, operational: false });
  expect(schema.attribute("quota")?.single).toBe(true);
  expect(schema.attribute("locked")?.operational).toBe(true);
  expect(schema.attribute("description")).toBeUndefined();
});

test("classes allow what they and those above them name, under any name", () => {
  expect(schema.allows(["organizationalPerson"], "commonName")).toBe(true);
  expect(schema.allows(["organizationalPerson"], "jpegPhoto")).toBe(true);
  expect(schema.allows(["organizationalPerson"], "quota")).toBe(false);
  expect(schema.allows(["person", "extensibleObject"], "quota")).toBe(true);
  expect(schema.musts(["organizationalPerson"])).toEqual(new Set(["sn", "cn", "objectclass"]));
});

test("what an attribute needs besides is the class that asks for the least", () => {
  expect(schema.auxiliaries("quota")).toEqual(["quotaUser", "mailUser", "extensibleObject"]);
});
