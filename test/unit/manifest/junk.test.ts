import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadManifests } from "../../../src/manifest/load.ts";
import { ManifestError } from "../../../src/manifest/problem.ts";
import { withFolder } from "./folder.ts";

const secret = "S3cr3tHunter";

/** A manifest that is right but for literals where secrets are asked for. */
const leaky = `apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana, password: {secret: ${secret}}, quota: 5GB}
    bo: {password: ${secret}, source: {credentials: {password: "${secret}", accessToken: ${secret}}}}
    cy:
      displayName: Cy
      password:
        hash: '${secret}'
    di:
      password: {secret: {env: ${secret} x}}
      aliases: [d]
    ed: {password: {secret: {command: ${secret}}}}
    fi:
      password: |
        ${secret}
    gu:
      password:${secret}
    hu: {password:${secret}}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: m}
spec: {destination: {mail: a}, state: {postgres: "postgres://u:${secret}@h/db"}}
---
apiVersion: reconcile/v1
kind: Migration
metadata: {name: n}
spec:
  destination: {mail: a}
  verification:
    signingKey: |
      -----BEGIN PRIVATE KEY-----
      ${secret}
---
apiVersion: reconcile/v1
kind: Mailbox
metadata: {name: ana@example.com}
spec:
  source:
    user: ana
    credentials:
      accessToken: >-
        ${secret}
        ${secret}
`;

const outcome = (text: string): Promise<unknown> =>
  withFolder({ "m.yaml": text }, (folder) =>
    loadManifests([folder]).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );

const expectClean = (error: unknown): void => {
  if (error === undefined) return;
  expect(error).toBeInstanceOf(ManifestError);
  expect((error as Error).message).not.toContain(secret);
  expect(JSON.stringify((error as ManifestError).problems)).not.toContain(secret);
};

/** Damage that leaves the keys and the secrets whole, and everything else to chance. */
const pieces = leaky.split(new RegExp(`(${secret}|[\\w]+:)`, "u"));
const damage = fc.array(
  fc.record({
    at: fc.nat(pieces.length - 1),
    with: fc.oneof(
      fc.constantFrom(
        "",
        " ",
        "\n",
        "\n\n",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        ": ",
        ", ",
        "&a ",
        "*a ",
        "!t ",
        "# ",
        "|\n",
        "- ",
        "? ",
        "\t",
        "---\n",
        "%",
        "@",
        "<<: ",
      ),
      fc.string({ maxLength: 4 }),
    ),
  }),
  { maxLength: 4 },
);

describe("whatever is written", () => {
  test("nothing but a ManifestError comes of junk", async () => {
    const word = fc.constantFrom(
      "apiVersion: reconcile/v1\n",
      "kind: ",
      "Domain\n",
      "Account\n",
      "metadata: ",
      "spec:",
      "accounts: ",
      "{",
      "}",
      "[",
      "]",
      ": ",
      "- ",
      "\n",
      "  ",
      "&a ",
      "*a",
      "<<: ",
      '"',
      "'",
      "|",
      "name: a@b.c",
      "---\n",
      "# x",
      "null",
      "1",
      "~",
      "\u0000",
      "\ufeff",
      "é",
    );
    const junk = fc.oneof(
      fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
      fc.string({ unit: "binary" }),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(junk, async (text) => expectClean(await outcome(text))),
      { numRuns: 400 },
    );
  });

  test("a leaking manifest is refused, and never quoted where it leaks", async () => {
    const error = await outcome(leaky);
    expect(error).toBeInstanceOf(ManifestError);
    expectClean(error);
    expect((error as ManifestError).problems.length).toBeGreaterThan(8);
  });

  test("nor when it is damaged besides", async () => {
    await fc.assert(
      fc.asyncProperty(damage, async (cuts) => {
        const broken = pieces.map((piece, index) =>
          piece === secret || piece.endsWith(":") ? piece : (cuts.find((cut) => cut.at === index)?.with ?? piece),
        );
        expectClean(await outcome(broken.join("")));
      }),
      { numRuns: 400 },
    );
  });

  test("nor when it is cut off anywhere", async () => {
    let cuts = 0;
    for (let end = 0; end < leaky.length; end += 7) {
      const text = leaky.slice(0, end);
      const tail = text.slice(text.lastIndexOf(secret) + 1);
      const halved = [...Array(secret.length - 5).keys()].some((length) => tail.endsWith(secret.slice(0, length + 5)));
      if (halved) continue;
      expectClean(await outcome(text));
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(100);
  });
});
