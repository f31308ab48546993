import { describe, expect, it } from "vitest";
import { loginFinding } from "../../../../../src/endpoint/imap/check/login.ts";
import { Fault } from "../../../../../src/model/fault.ts";

const refused = (said: string, user = "ana", code = "login.refused") =>
  new Fault({ code, message: `Logging in as ${user}: the server said ${JSON.stringify(said)}`, spoils: "mailbox" });
const message = (said: string, method: Parameters<typeof loginFinding>[1] = "user", code?: string) =>
  loginFinding(refused(said, "ana", code), method, "old").message;

const stamped = (time: string) => `[UNAVAILABLE] Temporary authentication failure. [mail.example:2026-11-28 ${time}]`;

const busy = (user: string, time: string) => loginFinding(refused(stamped(time), user, "server.busy"), "user", "old");

const blind = (took: string) =>
  new Fault({
    code: "look.denied",
    message: `The login is let in, and not shown INBOX: the server said "Mailbox doesn't exist: INBOX (${took} secs)."`,
    spoils: "mailbox",
    remedy: "give rights",
  });

const wrong = (user: string) => loginFinding(refused('a "quoted" word; and more', user), "user", "old");

/** Words of real servers: Dovecot 2.3, Cyrus 3.6, Courier 5, Exchange Online, Gmail. */
describe("why a login failed", () => {
  it.each([
    ["[AUTHENTICATIONFAILED] Authentication failed.", /password is wrong, or there is no such user/u],
    ["authentication failure", /password is wrong, or there is no such user/u],
    ["[CONTACTADMIN] locked", /locked or may not use IMAP/u],
    ["[AUTHORIZATIONFAILED] Authorization failed", /may not act for this user/u],
    ["[EXPIRED] That password isn't valid any more", /password has expired/u],
    ["[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", /without TLS/u],
  ])("is read out of %s", (said, words) => {
    expect(message(said)).toMatch(words);
  });

  it("depends on how the login was made", () => {
    const said = "[AUTHENTICATIONFAILED] Authentication failed.";
    expect(message(said, "admin")).toMatch(/administrator's password is wrong, it may not act/u);
    expect(message(said, "master")).toMatch(/master user's password is wrong/u);
    expect(message(said, "oauth2")).toMatch(/access token was refused/u);
    expect(message(said, "own")).toMatch(/credentials are wrong/u);
  });

  it("is the same text for everybody with the same reason", () => {
    expect(busy("ana", "04:22:33")).toEqual(busy("bo", "04:22:34"));
    expect(busy("ana", "04:22:33").message).toBe(
      'No login at old for now; the server said "[UNAVAILABLE] Temporary authentication failure."',
    );
    expect(wrong("ana")).toEqual(wrong('b"o'));
  });

  it("is what was seen before the login was sent, or after it", () => {
    const message = "Logging in as boss on behalf of ana: no AUTH=PLAIN is offered";
    const unsent = new Fault({ code: "login.refused", message, spoils: "mailbox", remedy: "use another method" });
    expect(loginFinding(unsent, "admin", "old")).toMatchObject({
      message: "Login refused at old: no AUTH=PLAIN is offered",
      remedy: "use another method",
    });
    expect(loginFinding(blind("0.001"), "master", "old")).toEqual(loginFinding(blind("0.002"), "master", "old"));
    expect(loginFinding(blind("0.001"), "master", "old").message).toMatch(/INBOX by name alone.*\(ACL\)$/u);
  });

  it("is the fault itself where that is another", () => {
    const fault = new Fault({
      code: "login.unknown",
      message: "Nothing says how",
      spoils: "mailbox",
      remedy: "write auth",
    });
    expect(loginFinding(fault, "user", "old")).toEqual({
      code: "login.unknown",
      severity: "error",
      message: "Nothing says how",
      remedy: "write auth",
    });
  });
});
