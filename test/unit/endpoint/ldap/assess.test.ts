import { expect, it } from "vitest";
import { assessAccount } from "../../../../src/endpoint/ldap/assess.ts";
import { activeDirectory } from "../../../../src/endpoint/ldap/flavour/active-directory/index.ts";
import { openldap } from "../../../../src/endpoint/ldap/flavour/openldap.ts";
import { accountsLayout, partsOf } from "../../../../src/endpoint/ldap/layout.ts";
import type { Want } from "../../../../src/model/plan.ts";

const routing = accountsLayout(openldap, { forwarding: "mailRoutingAddress" }, undefined);
const forwardTo = (keepCopy: boolean, ...to: readonly string[]) => ({ forwarding: { to, keepCopy } });

it.each([
  ["one, without a copy", routing, openldap, forwardTo(false, "a@x.example"), []],
  ["nobody", routing, openldap, forwardTo(true), []],
  ["one, with a copy", routing, openldap, forwardTo(true, "a@x.example"), ["mailRoutingAddress"]],
  ["several", routing, openldap, forwardTo(false, "a@x.example", "b@x.example"), ["mailRoutingAddress"]],
  [
    "several, where one could have an entry",
    accountsLayout(activeDirectory, {}, undefined),
    activeDirectory,
    forwardTo(false, "a@x.example", "b@x.example"),
    ["targetAddress"],
  ],
  [
    "one that may have an entry",
    accountsLayout(activeDirectory, {}, undefined),
    activeDirectory,
    forwardTo(true, "a@x.example"),
    [],
  ],
])("says before it is written where mail cannot be sent on: %s", (_, layout, flavour, fields, attributes) => {
  const want = { kind: "account", name: "bo@x.example", address: "account/bo@x.example", labels: {}, fields } as Want;
  expect(assessAccount(want, undefined, layout, undefined, flavour)).toEqual(
    attributes.map((attribute) => ({
      code: "field.unholdable",
      severity: "error",
      about: "account/bo@x.example",
      message: `There is room for one address (${attribute}), and then no copy is kept`,
      remedy: expect.stringContaining("map it to an attribute"),
    })),
  );
});

it.each([
  [{}, {}],
  [{ recoveryEmail: "otherMailbox" }, { parts: { recovery: ["email"] } }],
  [{ recoveryMobile: "mobile" }, { parts: { recovery: ["mobile"] } }],
  [{ recoveryEmail: "otherMailbox", recoveryMobile: "mobile" }, {}],
])("holds of the recovery what is mapped: %j", (map, parts) => {
  expect(partsOf(accountsLayout(openldap, map, undefined))).toEqual(parts);
});
