/** Access tokens that end in the middle of a pass: it asks for another and goes on, or says once why it cannot. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImapAuth } from "../../src/model/spec.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../endpoint/authorization-server.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import type { Trap } from "../servers/fault-proxy.ts";
import { tallyOf } from "../servers/fault-rules.ts";
import { without } from "../servers/packages.ts";
import { held } from "./rig.ts";
import { createSetting, expectWhole, fillSource, type Setting, usersFor } from "./setting.ts";

/** Seconds that a token is good for. */
const lasts = 3600;

type Place = "source" | "destination";

const moments: readonly (readonly [string, Place, Pick<Trap, "way" | "on">])[] = [
  ["while the source's folder is read", "source", { way: "down", on: /w2 x+/ }],
  ["while the destination's folder is written", "destination", { way: "up", on: /^\S+ APPEND "?Work/m }],
];

/** How a token ends: taken back, or by the clock of who gave it, which ours does not share. */
const endings: readonly (readonly [string, (tokens: AuthorizationServer) => void])[] = [
  ["taken back", (tokens) => tokens.issued.forEach((token) => tokens.revoke(token))],
  ["past its time", (tokens) => tokens.advance(lasts * 1000)],
];

const cases = endings.flatMap(([how, end]) =>
  moments.map(([when, ...rest]) => [`${how} ${when}`, end, ...rest] as const),
);

describe.skipIf(without("dovecot"))("a token that ends in the middle of a pass", () => {
  let server: Dovecot;
  let tokens: AuthorizationServer;
  let count = 0;
  beforeAll(async () => {
    tokens = await startAuthorizationServer({ expiresIn: lasts, lasting: true });
    server = await startDovecot({
      users: usersFor(4 * cases.length + 2 * moments.length),
      tokensAt: tokens.introspectionUrl,
    });
  });
  afterAll(() => Promise.all([server.stop(), tokens.stop()]));

  const auth = (user: string): ImapAuth => ({
    method: "oauth2",
    tokenUrl: tokens.tokenUrl,
    clientId: "us",
    refreshToken: { env: tokens.refreshToken(user) },
  });

  /** Mail between two users whom nobody else has. */
  const begin = async (): Promise<Setting> => {
    const [from, to] = [`u${count}`, `u${count + 1}`];
    count += 2;
    const users = { sourceUser: from, destinationUser: to };
    const specs = { sourceSpec: { auth: auth(from) }, destinationSpec: { auth: auth(to) } };
    const one = await createSetting({ from: server, to: server, ...users, ...specs, spec: { timeout: 60 } });
    await fillSource(one);
    return one;
  };

  /** All tokens given so far are good no more, and the line goes down with them. */
  const ending = (
    moment: Pick<Trap, "way" | "on">,
    end: (of: AuthorizationServer) => void,
    meanwhile: () => void = () => undefined,
  ): Trap => ({
    ...moment,
    ending: "rst",
    act: () => {
      end(tokens);
      meanwhile();
    },
  });

  it.each(cases)("is followed by another, and the same run is done: %s", async (_, end, place, moment) => {
    const one = await begin();
    const { steps } = await one.rig.plan();
    const asked = tokens.asked.length;
    const trap = ending(moment, end);
    one.use({ [place]: { traps: [trap] } });
    const { outcomes } = await one.rig.carry(steps);
    expect(tallyOf(trap).done).toBe(1);
    expect(outcomes).toMatchObject([{ state: "done", tally: { pending: 0 } }]);
    // One for each side as the run begins, and one more for the side whose line went down.
    expect(tokens.asked.length - asked).toBe(3);
    await expectWhole(one);
  });

  it.each(moments)("and was only past its time leaves the line that it opened: %s", async (_, place, moment) => {
    const one = await begin();
    const { steps } = await one.rig.plan();
    const asked = tokens.asked.length;
    const trap: Trap = { ...moment, act: () => tokens.advance(lasts * 1000) };
    one.use({ [place]: { traps: [trap] } });
    const { outcomes } = await one.rig.carry(steps);
    expect(tallyOf(trap).done).toBe(1);
    expect(outcomes).toMatchObject([{ state: "done", tally: { pending: 0 } }]);
    expect(tokens.asked.length - asked).toBe(2);
    await expectWhole(one);
  });

  it.each(cases)("has none after it: told once, and nothing is lost: %s", async (_, end, place, moment) => {
    const one = await begin();
    const { steps } = await one.rig.plan();
    const revoked = { status: 400, body: JSON.stringify({ error: "invalid_grant" }) };
    const trap = ending(moment, end, () => tokens.answer(revoked));
    one.use({ [place]: { traps: [trap] } });
    const { outcomes } = await one.rig.carry(steps);
    tokens.answer(undefined);
    expect(tallyOf(trap).done).toBe(1);
    expect(outcomes).toMatchObject([{ state: "failed", fault: { code: "token.refused" } }]);
    const now = (await held(one.destination)).map((line) => line.split(" ", 2).join(" "));
    expect(now).toEqual([...new Set(now)]);
    one.use();
    await one.rig.apply();
    await expectWhole(one);
  });
});
