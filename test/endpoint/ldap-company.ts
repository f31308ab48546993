/** A company as LDIF, made by a rule, so that what is in it is known without asking any directory. */
import { suffix } from "../servers/openldap-configuration.ts";
import { ldif, unit } from "./ldap.ts";

export interface Company {
  readonly ldif: string;
  readonly people: readonly string[];
  readonly disabled: ReadonlySet<string>;
  /** Alias → target. */
  readonly aliases: ReadonlyMap<string, string>;
  /** List → members, sorted. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

interface Size {
  readonly people: number;
  readonly groups: number;
  /** Whether the entries come with the memberOf that the overlay would have written: slapadd does not run it. */
  readonly memberOf?: boolean;
}

const givenNames = ["Anna", "Björn", "Chloë", "Dmitri", "Éva", "Fatima", "Günter", "小林", "Łukasz"];
const familyNames = ["Müller", "O'Brien", "van der Berg", "Иванов", "Smith, Jr.", 'Quo"te', "Żak"];

const uid = (index: number): string => `u${String(index).padStart(5, "0")}`;
const address = (index: number): string => `${uid(index)}@example.com`;
const personDn = (index: number): string => `uid=${uid(index)},ou=people,${suffix}`;
const groupDn = (name: string): string => `cn=${name},ou=groups,${suffix}`;
const group = (index: number): string => `g${String(index).padStart(4, "0")}`;

/** Group N holds twenty people, and groups 2N+1 and 2N+2; group 2 holds group 0, so that they go in a circle. */
function membersOf(
  index: number,
  { people, groups }: Size,
): { readonly people: readonly number[]; readonly groups: readonly number[] } {
  const some = Array.from({ length: Math.min(20, people) }, (_, at) => (index * 37 + at * 101) % people);
  const inner = [2 * index + 1, 2 * index + 2, ...(index === 2 ? [0] : [])].filter((each) => each < groups);
  return { people: [...new Set(some)], groups: inner };
}

export function company(size: Size): Company {
  const parts: string[] = [unit("people"), unit("groups"), unit("aliases")];
  const lists = new Map<string, readonly string[]>();
  const aliases = new Map<string, string>();
  const people = Array.from({ length: size.people }, (_, index) => address(index));
  const disabled = new Set(people.filter((_, index) => index % 50 === 49));
  const groups = Array.from({ length: size.groups }, (_, index) => membersOf(index, size));
  const holders = size.memberOf === true ? holdersOf(groups) : new Map<string, string[]>();
  for (let index = 0; index < size.people; index += 1) parts.push(personEntry(index, holders, aliases));
  groups.forEach((members, index) => {
    const dns = [...members.people.map(personDn), ...members.groups.map((each) => groupDn(group(each)))];
    parts.push(groupEntry(group(index), dns, holders));
    const names = [...members.people.map(address), ...members.groups.map((each) => `${group(each)}@example.com`)];
    lists.set(`${group(index)}@example.com`, names.toSorted());
  });
  parts.push(
    groupEntry(
      "everyone",
      people.map((_, index) => personDn(index)),
      holders,
    ),
  );
  lists.set("everyone@example.com", people.toSorted());
  parts.push(
    ldif(groupDn("dynamic"), {
      objectClass: ["groupOfURLs", "extensibleObject"],
      cn: "dynamic",
      mail: "dynamic@example.com",
      memberURL: `ldap:///ou=people,${suffix}??sub?(departmentNumber=3)`,
    }),
  );
  lists.set("dynamic@example.com", people.filter((_, index) => index % 10 === 3).toSorted());
  parts.push(
    ldif(`cn=friends@example.com,ou=aliases,${suffix}`, {
      objectClass: "nisMailAlias",
      cn: "friends@example.com",
      rfc822MailMember: ["one@elsewhere.example", "two@elsewhere.example"],
    }),
    ldif(`cn=info@example.com,ou=aliases,${suffix}`, {
      objectClass: "nisMailAlias",
      cn: "info@example.com",
      rfc822MailMember: address(0),
    }),
  );
  lists.set("friends@example.com", ["one@elsewhere.example", "two@elsewhere.example"]);
  aliases.set("info@example.com", address(0));
  return { ldif: parts.join(""), people, disabled, aliases, lists };
}

function holdersOf(groups: readonly ReturnType<typeof membersOf>[]): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  groups.forEach((members, index) => {
    const dns = [...members.people.map(personDn), ...members.groups.map((each) => groupDn(group(each)))];
    for (const dn of dns) holders.set(dn, [...(holders.get(dn) ?? []), groupDn(group(index))]);
  });
  return holders;
}

function personEntry(
  index: number,
  holders: ReadonlyMap<string, readonly string[]>,
  aliases: Map<string, string>,
): string {
  const given = givenNames[index % givenNames.length] ?? "";
  const family = familyNames[index % familyNames.length] ?? "";
  const further = Array.from({ length: index % 3 }, (_, at) => `alias${at}.${uid(index)}@example.com`);
  for (const each of further) aliases.set(each, address(index));
  return ldif(personDn(index), {
    objectClass: ["inetOrgPerson", "qmailUser", "inetLocalMailRecipient"],
    uid: uid(index),
    cn: `${given} ${family}`,
    givenName: given,
    sn: family,
    mail: address(index),
    departmentNumber: String(index % 10),
    accountStatus: index % 50 === 49 ? "disabled" : "active",
    mailQuotaSize: String((1 + (index % 5)) * 1024 ** 3),
    ...(further.length === 0 ? {} : { mailAlternateAddress: further, mailLocalAddress: further }),
    ...(holders.has(personDn(index)) ? { memberOf: holders.get(personDn(index)) ?? [] } : {}),
  });
}

const groupEntry = (name: string, member: readonly string[], holders: ReadonlyMap<string, readonly string[]>): string =>
  ldif(groupDn(name), {
    objectClass: ["groupOfNames", "extensibleObject"],
    cn: name,
    mail: `${name}@example.com`,
    member: [...member],
    ...(holders.has(groupDn(name)) ? { memberOf: holders.get(groupDn(name)) ?? [] } : {}),
  });
