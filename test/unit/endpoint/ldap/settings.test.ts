import { expect, test } from "vitest";
import { serverOf } from "../../../../src/endpoint/ldap/settings.ts";
import type { LdapEndpointSpec } from "../../../../src/model/spec.ts";

const spec = (more: Partial<LdapEndpointSpec>): LdapEndpointSpec => ({
  type: "ldap",
  url: "",
  base: "dc=example",
  ...more,
});
const host = (name: string, port: number) => ({ host: name, port });

test.each([
  ["ldap://ldap.example.com", host("ldap.example.com", 389), "starttls"],
  ["LDAPS://ldap.example.com/", host("ldap.example.com", 636), "implicit"],
  ["ldaps://ldap.example.com:80", host("ldap.example.com", 80), "implicit"],
  ["ldap://[::1]:3890", host("::1", 3890), "starttls"],
  ["ldapi://%2Frun%2Fslapd%2Fldapi", { path: "/run/slapd/ldapi" }, "none"],
  ["ldapi:///", { path: "/var/run/slapd/ldapi" }, "none"],
])("%s", async (url, at, tls) => {
  expect(await serverOf("corp", spec({ url }))).toMatchObject({ at, tls });
});

test.each(["http://x", "ldap://", "ldap://a b", "ldap://user@host", "ldapi://%zz"])(
  "%s is no URL of a server",
  async (url) => {
    await expect(serverOf("corp", spec({ url }))).rejects.toMatchObject({ code: "url.invalid", about: "corp" });
  },
);

test("in the clear only where nobody else can listen, or where it is said", async () => {
  await expect(serverOf("corp", spec({ url: "ldap://ldap.example.com", tls: "none" }))).rejects.toMatchObject({
    code: "tls.required",
  });
  await expect(serverOf("corp", spec({ url: "ldap://127.0.0.1.example.com", tls: "none" }))).rejects.toMatchObject({
    code: "tls.required",
  });
  await expect(serverOf("corp", spec({ url: "ldap://127.0.0.1", tls: "none" }))).resolves.toMatchObject({
    tls: "none",
  });
  await expect(
    serverOf("corp", spec({ url: "ldap://x.example", tls: "none", allowPlaintext: true })),
  ).resolves.toMatchObject({ tls: "none" });
  await expect(serverOf("corp", spec({ url: "ldaps://x.example", tls: "starttls" }))).rejects.toMatchObject({
    code: "url.invalid",
  });
});
