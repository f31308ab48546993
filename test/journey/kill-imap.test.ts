import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { without } from "../servers/packages.ts";
import { expectCode } from "./expect-code.ts";
import { as, asAppended, enter, layMailbox, onTheWire, readImap, shown, standings } from "./imap-mailbox.ts";
import { type Hop, imap, nameOfHop, writeMailManifests } from "./mail-manifests.ts";
import { generateMailbox, type Mail } from "./mailbox-generator.ts";
import { differences, same } from "./mailbox-reader.ts";
import { openPlace, type Place, type Running } from "./run.ts";

const user = "ana@example.com";
const logins = { users: { [user]: "secret" } };
const total = 1_000;
/** Messages a second: the run is still on its way when another client has counted. */
const pace = 300;
const kinds = { Maildir: {}, mdbox: { format: "mdbox", namespace: "prefix-dot" } } as const;
type Kind = keyof typeof kinds;

let place: Place;
let source: Dovecot;
let destinations: Readonly<Record<Kind, Dovecot>>;
let written: readonly (readonly [Mail, Buffer])[];

const hopTo = (kind: Kind): Hop => ({ from: imap("old", source), to: imap(kind, destinations[kind], pace) });
const start = (hop: Hop): Running =>
  place.start(["apply", "-e", nameOfHop(hop), "--auto-approve", "--progress", "json"]);
const expected = (name: (part: string) => string) =>
  written.map(([mail, octets]) => shown(mail, asAppended(octets), (part) => name(part.replaceAll("/", "_"))));
const named: Readonly<Record<Kind, (part: string) => string>> = {
  Maildir: (part) => part,
  mdbox: (part) => part.replaceAll(".", "_"),
};

async function kill(running: Running): Promise<void> {
  running.child.kill("SIGKILL");
  await running.ended;
  expect(running.child.signalCode).toBe("SIGKILL");
}

/** Kills the run as soon as another client sees so many messages at the destination, and tells how many there are then. */
async function killAt(running: Running, server: Dovecot, goal: number): Promise<number> {
  const client = await enter(server, user);
  const count = async () => Object.values(await standings(client)).reduce((sum, { MESSAGES = 0 }) => sum + MESSAGES, 0);
  // A folder that is just being made may be listed, and not be there yet.
  while (running.child.exitCode === null && (await count().catch(() => 0)) < goal);
  await kill(running);
  const seen = await count();
  await client.close();
  return seen;
}

describe.skipIf(without("dovecot"))("an apply between real servers", () => {
  beforeAll(async () => {
    const [started, maildir, mdbox] = await Promise.all([
      startDovecot(logins),
      startDovecot(logins),
      startDovecot({ ...logins, ...kinds.mdbox }),
    ]);
    [source, destinations] = [started, { Maildir: maildir, mdbox }];
    place = await openPlace();
    const laid = generateMailbox(place.path("laid"), { messages: total, seed: 2, since: Date.UTC(1970, 0, 2) });
    written = laid.map((mail) => [mail, onTheWire(readFileSync(place.path("laid", mail.file)))] as const);
    await layMailbox(place.path("laid"), source.mailbox(user));
    await writeMailManifests(place, [hopTo("Maildir"), hopTo("mdbox")], [user]);
  });
  afterAll(async () => {
    await Promise.all([place.remove(), ...[source, ...Object.values(destinations)].map((server) => server.stop())]);
  });

  it.each(["Maildir", "mdbox"] as const)(
    "that is killed at 25, 50 and 75 per cent, and run again, loses nothing and brings nothing twice: to %s",
    async (kind) => {
      const [hop, server] = [hopTo(kind), destinations[kind]];
      for (const share of [0.25, 0.5, 0.75]) {
        const seen = await killAt(start(hop), server, share * total);
        expect(seen).toBeGreaterThanOrEqual(share * total);
        expect(seen).toBeLessThan(total);
      }
      const ended = await start(hop).ended;
      expectCode(ended, 0);
      expect(differences(await as(server, user, readImap), expected(named[kind]))).toEqual(same);
      expectCode(await place.run(["plan", "-e", nameOfHop(hop), "--detailed-exitcode"]), 0);
    },
    180_000,
  );
});
