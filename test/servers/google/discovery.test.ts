/** The judge itself: what Google describes passes, what it does not is named. */
import { describe, expect, it } from "vitest";
import { createJudge, unjudged } from "./discovery.ts";

if (unjudged !== undefined) console.warn(unjudged);

const judged = (method: string, path: string, body?: unknown, answer?: unknown) =>
  createJudge().judge({ method, url: new URL(path, "http://127.0.0.1"), body, status: 200, answer });

describe.skipIf(unjudged !== undefined)("Google's descriptions as judge", () => {
  it.each([
    [
      "POST",
      "/gmail/v1/users/me/messages?internalDateSource=dateHeader",
      { raw: "eA", labelIds: ["INBOX"] },
      { id: "1" },
    ],
    ["POST", "/upload/gmail/v1/users/me/messages?uploadType=multipart", { labelIds: ["INBOX"] }, { id: "1" }],
    ["POST", "/admin/directory/v1/groups", { email: "a@example.com" }, { id: "1", email: "a@example.com" }],
    [
      "GET",
      "/admin/directory/v1/customer/my_customer/orgunits/Sales/North",
      undefined,
      { orgUnitPath: "/Sales/North" },
    ],
    ["GET", "/groups/v1/groups/a@example.com?alt=json", undefined, { whoCanJoin: "INVITED_CAN_JOIN" }],
  ])("passes %s %s", (method, path, body, answer) => expect(judged(method, path, body, answer)).toEqual([]));

  it.each([
    ["an unknown property", "POST", "/gmail/v1/users/me/messages", { raw: "eA", labels: ["INBOX"] }, {}],
    ["a property of another type", "POST", "/gmail/v1/users/me/messages", { raw: 1 }, {}],
    ["a parameter that there is none of", "GET", "/gmail/v1/users/me/messages?sort=date", undefined, {}],
    ["a word that is none of those it takes", "POST", "/gmail/v1/users/me/messages?internalDateSource=mine", {}, {}],
    [
      "a parameter that is lacking",
      "GET",
      "/gmail/v1/users/me/history?startHistoryId=x&labelId=a&labelId=b",
      undefined,
      {},
    ],
    ["a path that there is none of", "GET", "/gmail/v1/users/me/folders", undefined, {}],
    ["an answer with an unknown property", "GET", "/gmail/v1/users/me/profile", undefined, { email: "a@example.com" }],
  ])("names %s", (_, method, path, body, answer) => expect(judged(method, path, body, answer)).not.toEqual([]));
});
