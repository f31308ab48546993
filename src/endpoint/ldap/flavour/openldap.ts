import type { Entry } from "../entry.ts";
import { addressesIn, flag, forwarding, single, size, strangers, text, Unholdable, type Values } from "../form.ts";
import type { Flavour } from "./flavour.ts";
import { addressIn, plainAlias } from "./plain.ts";

/** OpenLDAP, and directories like it: inetOrgPerson (RFC 2798) with the usual mail schemas. */
export const openldap: Flavour = {
  name: "openldap",
  id: { attribute: "entryUUID", read: (entry) => entry.text("entryUUID") },
  accounts: {
    filter: "(|(objectClass=inetOrgPerson)(objectClass=posixAccount)(objectClass=account)(objectClass=mailAccount))",
    classes: ["inetOrgPerson"],
    rdn: "uid",
    address: addressIn("mail", ["mailLocalAddress", "mailacceptinggeneralid"]),
    slots: {
      displayName: ["displayName", "cn"],
      givenName: ["givenName"],
      familyName: ["sn"],
      enabled: ["accountStatus", "nsAccountLock", "pwdAccountLockedTime"],
      quota: ["mailQuotaSize", "mailQuota"],
      class: [],
      forwarding: ["mailForwardingAddress", "maildrop", "mailRoutingAddress"],
      recoveryEmail: [],
      recoveryMobile: [],
    },
    aliases: ["mailAlternateAddress", "mailLocalAddress", "mailacceptinggeneralid", "mail"].map(plainAlias),
  },
  lists: {
    filter:
      "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfURLs)(objectClass=nisMailAlias))",
    classes: ["groupOfNames"],
    rdn: "cn",
    // An alias of NIS is known by its name alone.
    address: {
      ...addressIn("mail", ["mailLocalAddress"]),
      attributes: ["mail", "cn", "objectClass"],
      read: (entry) => entry.text("mail") ?? (isOf(entry, "nisMailAlias") ? entry.text("cn") : undefined),
    },
    slots: { displayName: ["displayName"], owners: ["owner"], senders: [], hidden: [] },
    aliases: ["mailAlternateAddress", "mailLocalAddress", "mail"].map(plainAlias),
    members: {
      entries: [
        { class: "groupOfUniqueNames", attribute: "uniqueMember" },
        { class: "groupOfNames", attribute: "member" },
      ],
      external: ["rfc822MailMember", "mgrpRFC822MailMember"],
      searched: ["memberURL"],
      neverEmpty: ["groupOfNames", "groupOfUniqueNames"],
    },
  },
  aliases: {
    filter: "(objectClass=nisMailAlias)",
    classes: ["nisMailAlias"],
    rdn: "cn",
    address: addressIn("cn", []),
    target: "rfc822MailMember",
  },
  fillers: {
    cn: ({ name, fields }) => String(fields["displayName"] || localOf(name)),
    sn: ({ name, fields }) => String(fields["familyName"] || fields["displayName"] || localOf(name)),
    uid: ({ name }) => localOf(name),
  },
  auxiliaries: ["qmailUser", "inetLocalMailRecipient", "postfixUser", "mailGroup", "qmailGroup"],
  ways: {
    displayName: {
      // What was one stays one: address books show cn, which every person must have.
      displayname: (attributes) => ({
        ...text("displayName", attributes),
        print: (value, { there }) => {
          const given = value === undefined || value === "" ? undefined : String(value);
          const own: Values = { displayName: given === undefined ? [] : [given] };
          const isInStep = there?.text("cn") === (there?.text("displayName") ?? there?.text("cn"));
          return given === undefined || there === undefined || !isInStep || /^cn=/i.test(there.dn)
            ? own
            : { ...own, cn: [given] };
        },
      }),
    },
    enabled: {
      // qmail-ldap: active, noaccess (no POP and IMAP), disabled (bounces), deleted.
      accountstatus: ([attribute = ""]) =>
        flag("enabled", attribute, { yes: ["active"], no: ["disabled", "noaccess", "nopop", "deleted"] }),
      nsaccountlock: ([attribute = ""]) => flag("enabled", attribute, { yes: ["false"], no: ["true"], absent: true }),
      // The time that means for ever (draft-behera-ldap-password-policy, 5.3.3); any other ends by itself.
      pwdaccountlockedtime: ([attribute = ""]) =>
        flag("enabled", attribute, { yes: [], no: ["000001010000Z"], absent: true }),
    },
    quota: {
      mailquotasize: (attributes) => size("quota", attributes),
      // qmail-ldap: `1073741824S,1000C`, octets and messages; 0S is no limit.
      mailquota: ([attribute = ""]) => ({
        ...single("quota", [attribute], (text) => {
          const octets = /^\s*(\d{1,15})\s*(?:S|$|,)/i.exec(text)?.[1];
          return octets === undefined ? undefined : Number(octets);
        }),
        print: (value, { there }) => {
          const messages = /\d+C/i.exec(there?.text(attribute) ?? "")?.[0];
          const octets = value === undefined ? [] : [`${String(value)}S`];
          const parts = [...octets, ...(messages === undefined ? [] : [messages])];
          return { [attribute]: parts.length === 0 ? [] : [parts.join(",")] };
        },
      }),
    },
    forwarding: {
      // qmail-ldap: `nolocal` in deliveryMode keeps no copy.
      mailforwardingaddress: ([attribute = ""]) =>
        forwarding({
          attributes: [attribute, "deliveryMode"],
          parse: (entry) => ({ to: addressesIn(entry, attribute), keepCopy: !isNoLocal(entry.texts("deliveryMode")) }),
          print: ({ to, keepCopy }, { there }) => {
            const others = there?.texts("deliveryMode").filter((mode) => !isNoLocal([mode])) ?? [];
            const mode = keepCopy || to.length === 0 ? others : [...others, "nolocal"];
            return { [attribute]: [...to, ...strangers(there, attribute)], deliveryMode: mode };
          },
        }),
      // Postfix: where mail is delivered in the end; the own address, or a login name, keeps a copy.
      maildrop: ([attribute = ""]) =>
        forwarding({
          attributes: [attribute],
          parse: (entry) => {
            const own = new Set(ownAddresses.flatMap((each) => addressesIn(entry, each)));
            const all = entry.texts(attribute);
            const to = addressesIn(entry, attribute).filter((each) => !own.has(each));
            return { to, keepCopy: all.length > to.length };
          },
          print: ({ to, keepCopy }, { name, there }) => {
            const kept = to.length === 0 || keepCopy ? keptBy(there, attribute, name) : [];
            return { [attribute]: [...to, ...kept] };
          },
        }),
      // The one address that mail is routed to instead (draft-lachman-laser-ldap-mail-routing).
      mailroutingaddress: ([attribute = ""]) =>
        forwarding({
          attributes: [attribute],
          parse: (entry) => ({ to: addressesIn(entry, attribute), keepCopy: false }),
          print: ({ to, keepCopy }) => {
            if (to.length > 1 || (to.length === 1 && keepCopy))
              throw new Unholdable(`there is room for one address (${attribute}), and then no copy is kept`);
            return { [attribute]: to };
          },
        }),
    },
  },
};

const ownAddresses = ["mail", "mailacceptinggeneralid"] as const;

/** The login name that mail is delivered to, else the own address. */
function keptBy(there: Entry | undefined, attribute: string, name: string): readonly string[] {
  const logins = strangers(there, attribute);
  return logins.length > 0 ? logins : [name];
}

const isNoLocal = (modes: readonly string[]): boolean => modes.some((mode) => /^nolocal$/i.test(mode));

const isOf = (entry: Entry, name: string): boolean =>
  entry.texts("objectClass").some((each) => each.toLowerCase() === name.toLowerCase());

const localOf = (name: string): string => name.slice(0, name.lastIndexOf("@"));
