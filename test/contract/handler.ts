/** What every handler of a directory must do, whatever stands behind it. Endpoints' tests call `handlerContract` for each kind. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DirectoryChange, Handler, Outcome } from "../../src/contract/endpoint.ts";
import { kindTable } from "../../src/kind/table.ts";
import { addressOf, type DirectoryKind } from "../../src/model/address.ts";
import type { Json } from "../../src/model/json.ts";
import type { Precondition, Want } from "../../src/model/plan.ts";
import type { Observed } from "../../src/model/resource.ts";
import { collect } from "./collect.ts";

type Fields = Readonly<Record<string, Json>>;
type AnyHandler = Handler<DirectoryKind> & { readonly write: NonNullable<Handler<DirectoryKind>["write"]> };

/** An endpoint that holds nothing yet. `reopen` gives a handler that shares nothing but what is durable. */
export interface HandlerUnderTest<K extends DirectoryKind> {
  readonly handler: Handler<K>;
  reopen(): Promise<Handler<K>>;
  close(): Promise<void>;
}

interface Sample {
  readonly names: readonly [string, string, string, string];
  readonly full: Fields;
  readonly other: Fields;
}

const people = ["ana@example.com", "bo@example.com", "cy.lund@example.com", "dé@example.com"] as const;

/** What is written and must come back, a kind each; both differ in every field. */
const samples: { readonly [K in DirectoryKind]: Sample } = {
  domain: { names: ["example.com", "example.org", "xn--bcher-kva.example", "a.b.example.net"], full: {}, other: {} },
  account: {
    names: people,
    full: {
      displayName: 'Ana "Anita" Ruiz, Dr.',
      givenName: "Ana",
      familyName: "Ruiz",
      enabled: true,
      quota: 53_687_091_200,
      class: "standard",
      forwarding: { to: ["ana@home.example", "bo@example.com"], keepCopy: true },
      recovery: { email: "ana@home.example", mobile: "+49 170 1234567" },
    },
    other: {
      displayName: "Änne Ruíz 😀",
      givenName: "Änne",
      familyName: "Ruíz",
      enabled: false,
      quota: 0,
      class: "=premium",
      forwarding: { to: ["x@home.example"], keepCopy: false },
      recovery: { email: "x@home.example" },
    },
  },
  list: {
    names: people,
    full: {
      displayName: "Sales, north; south",
      members: ["ana@example.com", "partner@elsewhere.example"],
      owners: ["ana@example.com"],
      senders: ["ana@example.com", "bo@example.com"],
      hidden: false,
    },
    other: {
      displayName: "Verkäufe",
      members: ["bo@example.com"],
      owners: ["bo@example.com"],
      senders: ["bo@example.com"],
      hidden: true,
    },
  },
  alias: { names: people, full: { target: "ana@home.example" }, other: { target: "bo@home.example" } },
};

const options = { signal: new AbortController().signal };
const anything: Precondition = { none: true };

/** A value without the parts that the endpoint says it cannot hold. */
function heldPart(handler: AnyHandler, field: string, value: Json): Json {
  const parts = handler.parts?.[field];
  if (parts === undefined) return value;
  return Object.fromEntries(Object.entries(value as Fields).filter(([part]) => parts.includes(part)));
}

/**
 * Runs the suite for one kind of one endpoint; `make` gives an empty one each time. `runs`: batches by chance, and `many` changes in a large one, fewer where writes are slow.
 * The rest is for systems that cannot hold the usual values.
 */
export function handlerContract<K extends DirectoryKind>(
  name: string,
  kind: K,
  make: () => Promise<HandlerUnderTest<K>>,
  { runs = 40, many = 300, ...own }: Partial<Sample> & { readonly runs?: number; readonly many?: number } = {},
): void {
  const sample = { ...samples[kind], ...own };
  const [first, second, third, fourth] = sample.names;
  const hasFields = Object.keys(kindTable[kind].fields).length > 0;

  const want = (named: string, fields: Fields): Want =>
    ({ kind, name: named, address: addressOf(kind, named), labels: {}, fields }) as unknown as Want;
  const creation = (named: string, fields: Fields, key = `create ${named}`): DirectoryChange => ({
    key,
    act: "create",
    want: want(named, fields),
    precondition: { absent: true },
  });
  const updating = (
    was: Observed,
    fields: Fields,
    precondition: Precondition = revised(was),
    to = was.name,
  ): DirectoryChange => ({
    key: `update ${was.name}`,
    act: "update",
    want: want(to, fields),
    was,
    fields: Object.entries(fields).map(([field, value]) => ({ field, to: value })),
    precondition,
    ...(to === was.name ? {} : { renamed: was.name }),
  });
  /** An endpoint for the length of one story, and the fields that it can hold. */
  async function story(tell: (endpoint: Story) => Promise<void>): Promise<void> {
    const made = await make();
    const handler = made.handler as unknown as AnyHandler;
    const held = (fields: Fields): Fields =>
      Object.fromEntries(
        Object.entries(fields).flatMap(([field, value]) =>
          handler.fields.has(field) ? [[field, heldPart(handler, field, value)]] : [],
        ),
      );
    const durable = async () => readAll((await made.reopen()) as unknown as AnyHandler);
    try {
      await tell({ handler, full: held(sample.full), other: held(sample.other), durable });
    } finally {
      await made.close();
    }
  }

  describe(`${name} keeps the law of a handler: ${kind}`, () => {
    test("it holds nothing but fields of its kind", () =>
      story(async ({ handler }) => {
        expect(Object.keys(kindTable[kind].fields)).toEqual(expect.arrayContaining([...handler.fields]));
      }));

    test("an empty one reads as empty, and no change is no outcome", () =>
      story(async ({ handler }) => {
        expect(await readAll(handler)).toEqual(new Map());
        expect(await handler.write([], options)).toEqual([]);
      }));

    test("what is created is there, whole, with a revision, for whoever opens it next", () =>
      story(async ({ handler, full, other, durable }) => {
        const outcomes = await handler.write([creation(first, full), creation(second, other)], options);
        expect(outcomes.map(({ key }) => key).toSorted()).toEqual([`create ${first}`, `create ${second}`].toSorted());
        const there = await durable();
        expect(fieldsOf(there)).toEqual({ [first]: full, [second]: other });
        for (const observed of there.values()) {
          expect(observed.kind).toBe(kind);
          expect(observed.revision).toEqual(expect.any(String));
        }
        expect(there.get(first)).toEqual(observedIn(outcomes, `create ${first}`));
      }));

    test("writing the same creation again finds it done", () =>
      story(async ({ handler, full, durable }) => {
        const [once] = await handler.write([creation(first, full)], options);
        const [twice] = await handler.write([creation(first, full)], options);
        expect(twice).toEqual(once);
        expect(fieldsOf(await durable())).toEqual({ [first]: full });
      }));

    test("reading twice gives the same, and an update of one leaves the revision of another", () =>
      story(async ({ handler, full, other }) => {
        await handler.write([creation(first, full), creation(second, full)], options);
        const before = await readAll(handler);
        expect(await readAll(handler)).toEqual(before);
        await handler.write([updating(found(before, first), other)], options);
        expect((await readAll(handler)).get(second)).toEqual(before.get(second));
      }));

    test("a deletion takes the one that is named, and finds it done the second time", () =>
      story(async ({ handler, full, durable }) => {
        await handler.write([creation(first, full), creation(second, full)], options);
        const was = found(await readAll(handler), first);
        expect(await handler.write([deletion(was)], options)).toEqual([
          { key: `delete ${first}`, observed: undefined },
        ]);
        expect(await handler.write([deletion(was)], options)).toEqual([
          { key: `delete ${first}`, observed: undefined },
        ]);
        expect([...(await durable()).keys()]).toEqual([second]);
      }));

    test("what is there by now is not deleted or written over where nothing should be there", () =>
      story(async ({ handler, full, durable }) => {
        await handler.write([creation(first, full)], options);
        const was = found(await readAll(handler), first);
        expect(await handler.write([deletion(was, { absent: true })], options)).toEqual([
          conflictOf(`delete ${first}`),
        ]);
        expect([...(await durable()).keys()]).toEqual([first]);
      }));

    test("a creation that takes something to be there is in conflict, and makes nothing", () =>
      story(async ({ handler, full, durable }) => {
        const change = { ...creation(first, full), precondition: { revision: "of a thing that is gone" } };
        expect(await handler.write([change], options)).toEqual([conflictOf(change.key)]);
        expect(await durable()).toEqual(new Map());
      }));

    test("a stale deletion is in conflict, and the others of its batch are written", () =>
      story(async ({ handler, full, durable }) => {
        await handler.write([creation(first, full), creation(second, full)], options);
        const there = await readAll(handler);
        const outcomes = await handler.write(
          [deletion(found(there, first), { revision: "stale" }), deletion(found(there, second)), creation(third, full)],
          options,
        );
        expect(outcomeOf(outcomes, `delete ${first}`)).toEqual(conflictOf(`delete ${first}`));
        expect([...(await durable()).keys()].toSorted()).toEqual([first, third].toSorted());
      }));

    test("an interruption before the first write writes nothing, and one before a reading ends it with a fault", () =>
      story(async ({ handler, full, durable }) => {
        const stopped = { signal: AbortSignal.abort() };
        await expect(handler.write([creation(first, full)], stopped)).rejects.toMatchObject({
          code: "run.interrupted",
        });
        expect(await durable()).toEqual(new Map());
        await handler.write([creation(first, full)], options);
        await expect(collect(handler.read({}, stopped))).rejects.toMatchObject({ code: "run.interrupted" });
      }));

    test("a large batch is written whole", () =>
      story(async ({ handler, full, durable }) => {
        const names = Array.from({ length: many }, (_, index) =>
          kind === "domain" ? `d${index}.example` : `p${index}@example.com`,
        );
        const outcomes = await handler.write(
          names.map((each) => creation(each, full)),
          options,
        );
        expect(new Set(outcomes.map(({ key }) => key)).size).toBe(many);
        expect(fieldsOf(await durable())).toEqual(Object.fromEntries(names.map((each) => [each, full])));
      }));

    test("assessing changes nothing", () =>
      story(async ({ handler, full, durable }) => {
        expect(handler.assess(want(first, full))).toEqual([]);
        expect(await durable()).toEqual(new Map());
      }));
  });

  if (!hasFields) return;

  describe(`${name} keeps the law of a handler with fields: ${kind}`, () => {
    test("an update changes what it names, and gives another revision", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full), creation(second, full)], options);
        const was = found(await readAll(handler), first);
        for (const [field, value] of Object.entries(other)) {
          const before = found(await readAll(handler), first);
          const [outcome] = await handler.write([updating(before, { [field]: value })], options);
          expect(outcome).toMatchObject({ observed: { fields: { ...before.fields, [field]: value } } });
          expect(found(await durable(), first).revision).not.toBe(before.revision);
        }
        expect(fieldsOf(await durable())).toEqual({ [first]: other, [second]: full });
        expect(found(await durable(), first).id).toBe(was.id);
      }));

    test("the same update again finds it done, though the revision is another by now", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full)], options);
        const change = updating(found(await readAll(handler), first), other);
        const [once] = await handler.write([change], options);
        expect(await handler.write([change], options)).toEqual([once]);
        expect(fieldsOf(await durable())).toEqual({ [first]: other });
      }));

    test("an update against another revision is in conflict and touches nothing; its neighbours are written", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full), creation(second, full)], options);
        const there = await readAll(handler);
        const stale = updating(found(there, first), other, { revision: "stale" });
        const outcomes = await handler.write([stale, updating(found(there, second), other)], options);
        expect(outcomeOf(outcomes, stale.key)).toEqual(conflictOf(stale.key));
        expect(fieldsOf(await durable())).toEqual({ [first]: full, [second]: other });
        expect(found(await durable(), first)).toEqual(found(there, first));
      }));

    test("an update of what is gone is in conflict, and makes nothing", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full)], options);
        const was = found(await readAll(handler), first);
        await handler.write([deletion(was)], options);
        expect(await handler.write([updating(was, other, anything)], options)).toEqual([conflictOf(`update ${first}`)]);
        expect(await durable()).toEqual(new Map());
      }));

    test("a creation where another is by now is in conflict, and leaves it as it is", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full)], options);
        const outcomes = await handler.write([creation(first, other), creation(second, other)], options);
        expect(outcomeOf(outcomes, `create ${first}`)).toEqual(conflictOf(`create ${first}`));
        expect(fieldsOf(await durable())).toEqual({ [first]: full, [second]: other });
      }));

    test("a rename keeps everything but the name, finds itself done, and takes nobody's place", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full), creation(second, other)], options);
        const was = found(await readAll(handler), first);
        const rename = updating(was, {}, revised(was), fourth);
        const [once] = await handler.write([rename], options);
        expect(fieldsOf(await durable())).toEqual({ [fourth]: full, [second]: other });
        expect(found(await durable(), fourth).id).toBe(was.id);
        expect(await handler.write([rename], options)).toEqual([once]);
        const renamed = found(await readAll(handler), fourth);
        expect(await handler.write([updating(renamed, {}, revised(renamed), second)], options)).toEqual([
          conflictOf(`update ${fourth}`),
        ]);
        expect(fieldsOf(await durable())).toEqual({ [fourth]: full, [second]: other });
      }));

    test("a rename may change fields as well", () =>
      story(async ({ handler, full, other, durable }) => {
        await handler.write([creation(first, full)], options);
        const was = found(await readAll(handler), first);
        await handler.write([updating(was, other, revised(was), fourth)], options);
        expect(fieldsOf(await durable())).toEqual({ [fourth]: other });
      }));

    test("any run of batches leaves what a simple book-keeper would have", () =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.array(move, { maxLength: 4 }), { maxLength: 5 }), (batches) =>
          story(async ({ handler, full, other, durable }) => {
            const kept = new Map<string, Fields>();
            for (const batch of batches) await play(batch, { handler, full, other, kept });
            expect(fieldsOf(await durable())).toEqual(Object.fromEntries(kept));
          }),
        ),
        { numRuns: runs },
      ));
  });

  /** One batch: every name at most once, since the order within a batch is the endpoint's own. */
  async function play(
    batch: readonly Move[],
    { handler, full, other, kept }: Omit<Story, "durable"> & { kept: Map<string, Fields> },
  ) {
    const there = await readAll(handler);
    const expected: { key: string; conflict: boolean }[] = [];
    const changes = [...new Map(batch.map((each) => [each.name, each])).values()].map((each) => {
      const named = sample.names[each.name] ?? first;
      const fields = each.full ? full : other;
      const was = there.get(named);
      const stale: Precondition = { revision: "stale" };
      const change =
        each.act === "create" || was === undefined
          ? creation(named, fields)
          : each.act === "delete"
            ? deletion(was, each.stale ? stale : revised(was))
            : updating(was, fields, each.stale ? stale : revised(was));
      const now = kept.get(named);
      const same = now !== undefined && JSON.stringify(sorted(now)) === JSON.stringify(sorted(fields));
      const conflict =
        change.act === "create" ? now !== undefined && !same : each.stale && !(change.act === "update" && same);
      expected.push({ key: change.key, conflict });
      if (!conflict && change.act === "delete") kept.delete(named);
      if (!conflict && change.act !== "delete") kept.set(named, fields);
      return change;
    });
    const outcomes = await handler.write(changes, options);
    expect(outcomes.map((outcome) => ({ key: outcome.key, conflict: "conflict" in outcome })).toSorted(byKey)).toEqual(
      expected.toSorted(byKey),
    );
  }
}

interface Story {
  readonly handler: AnyHandler;
  readonly full: Fields;
  readonly other: Fields;
  /** What somebody who opens it anew finds. */
  durable(): Promise<ReadonlyMap<string, Observed>>;
}

interface Move {
  readonly act: "create" | "update" | "delete";
  readonly name: number;
  readonly full: boolean;
  readonly stale: boolean;
}

const move: fc.Arbitrary<Move> = fc.record({
  act: fc.constantFrom("create", "update", "delete"),
  name: fc.nat(3),
  full: fc.boolean(),
  stale: fc.boolean(),
});

const sorted = (fields: Fields): unknown => Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);

function revised({ revision }: Observed): Precondition {
  return revision === undefined ? anything : { revision };
}

function deletion(was: Observed, precondition: Precondition = revised(was)): DirectoryChange {
  return { key: `delete ${was.name}`, act: "delete", was, precondition };
}

async function readAll(handler: AnyHandler): Promise<ReadonlyMap<string, Observed>> {
  const all = await collect(handler.read({}, options));
  expect(new Set(all.map((observed) => observed.name)).size).toBe(all.length);
  return new Map(all.map((observed) => [observed.name, observed]));
}

function fieldsOf(there: ReadonlyMap<string, Observed>): Record<string, unknown> {
  return Object.fromEntries([...there].map(([named, { fields }]) => [named, fields]));
}

function found(there: ReadonlyMap<string, Observed>, named: string): Observed {
  const observed = there.get(named);
  if (observed === undefined) throw new Error(`${named} is not there`);
  return observed;
}

function outcomeOf(outcomes: readonly Outcome[], key: string): Outcome | undefined {
  return outcomes.find((outcome) => outcome.key === key);
}

function observedIn(outcomes: readonly Outcome[], key: string): Observed | undefined {
  const outcome = outcomeOf(outcomes, key);
  return outcome !== undefined && "observed" in outcome ? outcome.observed : undefined;
}

function conflictOf(key: string): unknown {
  return { key, conflict: expect.any(String) };
}
