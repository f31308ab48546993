import { forwarding, Unholdable } from "../../form.ts";
import type { Flavour } from "../flavour.ts";
import { further, person, recipient } from "./address.ts";
import { enabledByControl } from "./control.ts";
import { guidText } from "./guid.ts";
import { unicodePassword } from "./password.ts";
import { parseProxies } from "./proxies.ts";
import { accountName } from "./second.ts";

/** Active Directory, with the attributes of Exchange or without. */
export const activeDirectory: Flavour = {
  name: "activeDirectory",
  id: { attribute: "objectGUID", read: (entry) => guidText(entry.octets("objectGUID")[0]) },
  ownPartitions: /\/(?:CN=Configuration|DC=(?:Domain|Forest)DnsZones),/i,
  oneByOne: true,
  keepsLinks: true,
  mayMake: "allowedChildClassesEffective",
  second: accountName,
  password: unicodePassword,
  accounts: {
    // Users, and no computers or trusts (SAM_NORMAL_USER_ACCOUNT, MS-SAMR 2.2.1.9); the built-in ones are the system's.
    filter: "(&(sAMAccountType=805306368)(!(isCriticalSystemObject=TRUE)))",
    classes: ["user"],
    rdn: "cn",
    address: person,
    slots: {
      displayName: ["displayName", "cn"],
      givenName: ["givenName"],
      familyName: ["sn"],
      enabled: ["userAccountControl"],
      quota: [],
      class: [],
      forwarding: ["targetAddress"],
      recoveryEmail: [],
      recoveryMobile: [],
    },
    redirect: { attribute: "altRecipient", keeps: "deliverAndRedirect" },
    aliases: [further],
    // A user like any other, who may log in.
    initial: { userAccountControl: ["512"] },
  },
  lists: {
    filter: "(&(objectClass=group)(!(isCriticalSystemObject=TRUE)))",
    classes: ["group"],
    rdn: "cn",
    address: recipient,
    slots: {
      displayName: ["displayName", "cn"],
      owners: ["managedBy"],
      senders: ["authOrig"],
      hidden: ["msExchHideFromAddressLists"],
    },
    senderLists: "dLMemSubmitPerms",
    aliases: [further],
    members: { entries: [{ class: "group", attribute: "member" }], external: [], searched: [], neverEmpty: [] },
    contacts: { filter: "(objectClass=contact)", classes: ["contact"], rdn: "cn", address: recipient },
    // A universal group for mail alone, that gives nobody a right (MS-ADTS 2.2.12).
    initial: { groupType: ["8"] },
  },
  fillers: {},
  auxiliaries: ["mailRecipient"],
  ways: {
    enabled: { useraccountcontrol: ([attribute = ""]) => enabledByControl(attribute) },
    forwarding: {
      // Exchange: the one address outside to which mail goes instead, with its kind before it.
      targetaddress: ([attribute = ""]) =>
        forwarding({
          attributes: [attribute],
          parse: (entry) => {
            const { primary, others } = parseProxies(entry.texts(attribute));
            return { to: [primary, ...others].filter((each) => each !== undefined), keepCopy: false };
          },
          print: ({ to, keepCopy }) => {
            if (to.length > 1 || (to.length === 1 && keepCopy))
              throw new Unholdable(`there is room for one address (${attribute}), and then no copy is kept`);
            return { [attribute]: to.map((each) => `SMTP:${each}`) };
          },
        }),
    },
  },
};
