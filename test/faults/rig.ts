/** A plan and an apply of IMAP mailboxes in this process, over real servers, with a clock that only a test lets pass. */
import { Buffer } from "node:buffer";
import { onTestFinished } from "vitest";
import { applyPlan } from "../../src/apply/apply.ts";
import type { StepOutcome } from "../../src/apply/request.ts";
import { createByteBudget } from "../../src/content/bytes.ts";
import type { Clock, Endpoint } from "../../src/contract/endpoint.ts";
import type { StateStore } from "../../src/contract/state-store.ts";
import { createBudget } from "../../src/endpoint/budget.ts";
import { open } from "../../src/endpoint/imap/index.ts";
import type { Event } from "../../src/model/event.ts";
import { interrupted } from "../../src/model/fault.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { MailboxResource, SecretRef } from "../../src/model/resource.ts";
import type { ImapEndpointSpec } from "../../src/model/spec.ts";
import { surveyMailboxes } from "../../src/plan/mailboxes.ts";
import { openState } from "../../src/state/sqlite/open.ts";
import { contextOf, type Reach, specOf } from "../endpoint/imap.ts";
import { connectImap, type ImapClient } from "../servers/imap-client.ts";
import { planOf } from "../unit/apply/world.ts";

export interface Side {
  readonly at: Reach;
  readonly user: string;
  readonly spec?: Partial<ImapEndpointSpec>;
}

export interface Way {
  readonly source: Side;
  readonly destination: Side;
  readonly rest?: Partial<MailboxResource>;
}

/** Time that passes only by waiting; whoever waits may be kept until something was done. */
interface TestClock extends Clock {
  readonly waited: number[];
}

function clockOf(meanwhile: (ms: number) => Promise<void>): TestClock {
  let now = Date.UTC(2026, 0, 1);
  const waited: number[] = [];
  return {
    waited,
    now: () => now,
    async wait(ms, signal) {
      if (signal.aborted) throw interrupted();
      waited.push(ms);
      now += ms;
      await meanwhile(ms);
    },
  };
}

interface Applied {
  readonly unread: Plan["unread"];
  readonly outcomes: readonly StepOutcome[];
  readonly events: readonly Event[];
  /** Milliseconds that were waited for, one after the other. */
  readonly waited: readonly number[];
}

export interface Rig {
  plan(): Promise<{
    readonly steps: readonly Step[];
    readonly unread: Plan["unread"];
    readonly events: readonly Event[];
  }>;
  /** Plans, and carries the plan out. `meanwhile` is done whenever something waits. */
  apply(meanwhile?: (ms: number) => Promise<void>): Promise<Applied>;
  /** Carries out what `plan` gave. */
  carry(steps: readonly Step[], meanwhile?: (ms: number) => Promise<void>): Promise<Applied>;
  /** Done by itself at the test's end. */
  close(): Promise<void>;
}

const silence = new AbortController().signal;
/** A reference `{env: X}` is resolved to X itself. */
const passwords = async (ref: SecretRef): Promise<string> => ("env" in ref ? ref.env : "");

/** One mailbox for each way, all in one state. */
export async function createRig(ways: readonly Way[]): Promise<Rig> {
  const idle: Clock = clockOf(async () => undefined);
  const state = await openState({ path: ":memory:", migration: "test", clock: idle });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= state.close());
  onTestFinished(close);
  const mailboxes = ways.map(mailboxOf);
  const resources = new Map(mailboxes.map((each) => [each.address, each]));

  /** Endpoints are closed with what they were opened for: their lines would be taken for somebody else's. */
  async function withEndpoints<T>(
    clock: Clock,
    events: Event[],
    work: (endpoints: ReadonlyMap<string, Endpoint>) => Promise<T>,
  ): Promise<T> {
    const endpoints = await endpointsFor(clock, events);
    try {
      return await work(endpoints);
    } finally {
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
    }
  }

  async function endpointsFor(clock: Clock, events: Event[]): Promise<ReadonlyMap<string, Endpoint>> {
    const made = ways.flatMap(({ source, destination }, at) =>
      (
        [
          ["source", source],
          ["destination", destination],
        ] as const
      ).map(async ([name, { at: reach, spec }]) => {
        const context = contextOf(
          { clock, secret: passwords, budget: createBudget(spec?.limits ?? {}, clock) },
          events,
        );
        return [`${name}${at}`, await open(`${name}${at}`, specOf(reach, { timeout: 1, ...spec }), context)] as const;
      }),
    );
    return new Map(await Promise.all(made));
  }

  const survey = async (clock: Clock) => {
    const events: Event[] = [];
    const facts = { state, clock, recopy: false, concurrency: 4, created: new Set<never>(), renamed: new Map() };
    const emit = (event: Event): void => void events.push(event);
    const { drafts, unread } = await withEndpoints(clock, events, (endpoints) =>
      surveyMailboxes(mailboxes, { ...facts, connect: connecting(endpoints), emit, signal: silence }),
    );
    const steps = drafts.map((draft): Step => ({ ...draft, id: draft.address, after: [] }));
    return { steps, unread, events };
  };

  const carry: Rig["carry"] = async (steps, meanwhile = async () => undefined) => {
    const clock = clockOf(meanwhile);
    const events: Event[] = [];
    const facts = { resources, secret: passwords, state, bytes: createByteBudget(16 << 20), parallel: 4, clock };
    const { outcomes } = await withEndpoints(clock, events, (endpoints) =>
      under(state, clock, (lease, run) =>
        applyPlan({
          ...facts,
          plan: planOf(steps),
          connect: connecting(endpoints),
          lease,
          run,
          emit: (event) => events.push(event),
          stops: { soft: silence, hard: silence },
        }),
      ),
    );
    return { unread: [], outcomes, events, waited: clock.waited };
  };

  return {
    plan: () => survey(idle),
    carry,
    close,
    apply: async (meanwhile = async () => undefined) => {
      const clock = clockOf(meanwhile);
      const { steps, unread, events } = await survey(clock);
      const applied = await carry(steps, meanwhile);
      return {
        ...applied,
        unread,
        events: [...events, ...applied.events],
        waited: [...clock.waited, ...applied.waited],
      };
    },
  };
}

const connecting =
  (endpoints: ReadonlyMap<string, Endpoint>) =>
  async (name: string): Promise<Endpoint> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) throw new Error(`no endpoint ${name}`);
    return endpoint;
  };

type Lease = Awaited<ReturnType<StateStore["acquire"]>>;

async function under<T>(state: StateStore, clock: Clock, work: (lease: Lease, run: number) => Promise<T>): Promise<T> {
  const lease = await state.acquire({ host: "h", pid: process.pid, started: "", user: "u", command: "test" });
  try {
    return await work(lease, await state.runs.begin(lease, { command: "test", begun: clock.now() }));
  } finally {
    await lease.release();
  }
}

function mailboxOf({ source, destination, rest }: Way, at: number): MailboxResource {
  const name = `box${at}@example.com`;
  return {
    kind: "mailbox",
    name,
    address: `mailbox/${name}`,
    labels: {},
    source: { endpoint: `source${at}`, user: source.user },
    destination: { endpoint: `destination${at}`, user: destination.user },
    mode: "copy",
    folders: {},
    messages: {},
    ...rest,
  };
}

/** A message that no other is like, of about so many octets. */
export function letter(token: string, octets = 600): Buffer {
  const head = `Message-ID: <${token}@example.com>\r\nFrom: bo@example.com\r\nTo: ana@example.com\r\nDate: Tue, 3 Feb 2015 10:00:00 +0000\r\nSubject: About ${token}\r\n\r\n`;
  const line = `${token} ${"x".repeat(60)}\r\n`;
  return Buffer.from(head + line.repeat(Math.max(1, Math.ceil((octets - head.length) / line.length))));
}

const tokenOf = (body: Buffer): string => /^Message-ID: <(.*)@/im.exec(body.toString("latin1"))?.[1] ?? "?";

/** Everything a user has, as `folder: token octets [flags]`, sorted; by a client of its own. */
export async function held({ at, user }: Side): Promise<readonly string[]> {
  const client = await enter({ at, user });
  const lines: string[] = [];
  for (const name of await client.holding()) {
    const { prefix, separator } = await client.namespace();
    const path = (name.startsWith(prefix) ? name.slice(prefix.length) : name).split(separator ?? "\0").join("/");
    for (const { body, flags } of await client.fetchAll(name))
      lines.push(`${path}: ${tokenOf(body)} ${body.length} [${flags.toSorted().join(" ")}]`);
  }
  await client.close();
  return lines.toSorted();
}

export async function enter({ at, user }: Pick<Side, "at" | "user">): Promise<ImapClient> {
  const client = await connectImap(at);
  const { status, text } = await client.login(user, "secret");
  if (status !== "OK") throw new Error(`${user} cannot log in: ${text}`);
  return client;
}

/** Folder → its messages' tokens; every third is marked. */
export async function fill(
  side: Side,
  folders: Readonly<Record<string, readonly string[]>>,
  octets?: number,
): Promise<void> {
  const client = await enter(side);
  for (const [folder, tokens] of Object.entries(folders)) {
    const name = await client.nameOf(folder.split("/"));
    if (folder !== "INBOX") await client.create(name);
    for (const [at, token] of tokens.entries())
      await client.append(
        name,
        letter(token, octets),
        at % 3 === 0 ? ["\\Seen", "\\Flagged"] : [],
        Date.UTC(2019, 4, 17, 8, at),
      );
  }
  await client.close();
}

export const tokens = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);
