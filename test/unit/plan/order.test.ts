import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import type { Draft } from "../../../src/plan/draft.ts";
import { order } from "../../../src/plan/order.ts";
import { create, draft, remove, sync, update, want, was } from "./made.ts";

const told = (drafts: readonly Draft[]): string[] =>
  order(drafts).map(({ change, address }) => `${change.act} ${address}`);

const origin = (address: Address) => ({ file: "people.yaml", line: address.includes("/a@") ? 3 : 4, column: 5 });

describe("the order of steps", () => {
  it.each<[string, readonly Draft[], readonly string[]]>([
    [
      "makes a domain, its account, a list of it and an alias of the list",
      [
        create("alias/info@a.example", { target: "team@a.example" }),
        create("list/team@a.example", { members: ["ana@a.example"] }),
        create("account/ana@a.example"),
        create("domain/a.example"),
      ],
      [
        "create domain/a.example",
        "create account/ana@a.example",
        "create list/team@a.example",
        "create alias/info@a.example",
      ],
    ],
    [
      "makes a list that another holds first",
      [create("list/all@a.example", { members: ["team@a.example"] }), create("list/team@a.example", { members: [] })],
      ["create list/team@a.example", "create list/all@a.example"],
    ],
    [
      "makes an alias before a list that has it as a member",
      [
        create("list/all@a.example", { members: ["info@a.example"] }),
        create("alias/info@a.example", { target: "x@b.example" }),
      ],
      ["create alias/info@a.example", "create list/all@a.example"],
    ],
    [
      "takes a member off before its account goes, and deletes backwards",
      [
        remove("account/zed@a.example"),
        remove("alias/z@a.example", { target: "zed@a.example" }),
        update(
          "list/team@a.example",
          [{ field: "members", from: ["zed@a.example"], to: [] }],
          was("list/team@a.example", { members: ["zed@a.example"] }),
          { members: [] },
        ),
        remove("domain/a.example"),
      ],
      [
        "update list/team@a.example",
        "delete alias/z@a.example",
        "delete account/zed@a.example",
        "delete domain/a.example",
      ],
    ],
    [
      "frees a name before another kind takes it",
      [
        create("list/info@a.example", { members: ["ana@a.example"] }),
        remove("alias/info@a.example", { target: "ana@a.example" }),
      ],
      ["delete alias/info@a.example", "create list/info@a.example"],
    ],
    [
      "renames before the old name is taken, and before a list names the new one",
      [
        create("account/cyl@a.example"),
        update("account/cy@a.example", [], was("account/cyl@a.example")),
        update(
          "list/team@a.example",
          [{ field: "members", from: ["cyl@a.example"], to: ["cy@a.example"] }],
          was("list/team@a.example", { members: ["cyl@a.example"] }),
          { members: ["cy@a.example"] },
        ),
      ],
      ["update account/cy@a.example", "create account/cyl@a.example", "update list/team@a.example"],
    ],
    [
      "copies mail after its account is there",
      [sync("ana@a.example"), sync("bo@a.example"), create("account/bo@a.example")],
      ["create account/bo@a.example", "sync mailbox/ana@a.example", "sync mailbox/bo@a.example"],
    ],
    [
      "deletes an account after its mail was copied away from the same system",
      [remove("account/old@a.example"), { ...sync("x@a.example", {}, "new"), change: readFrom("old@a.example") }],
      ["sync mailbox/x@a.example", "delete account/old@a.example"],
    ],
    [
      "remembers protection after the account is renamed",
      [
        draft("account/cy@a.example", { act: "record", set: { protect: true } }),
        update("account/cy@a.example", [], was("account/cyl@a.example")),
      ],
      ["update account/cy@a.example", "record account/cy@a.example"],
    ],
  ])("%s", (_, drafts, expected) => {
    expect(told(drafts)).toEqual(expected);
    expect(told(drafts.toReversed())).toEqual(expected);
  });

  it("makes lists that hold one another without each other first", () => {
    const steps = order([
      create("list/a@x.example", { members: ["b@x.example", "p@x.example"] }),
      create("list/b@x.example", { members: ["a@x.example"] }),
      create("list/c@x.example", { members: ["a@x.example"] }),
    ]);
    const shown = steps.map(({ change, address }) => {
      if (change.act === "create") return [change.act, address, (change.want.fields as { members: string[] }).members];
      return change.act === "update" ? [change.act, address, change.fields] : [change.act, address];
    });
    expect(shown).toHaveLength(5);
    expect(shown).toContainEqual(["create", "list/a@x.example", ["p@x.example"]]);
    expect(shown).toContainEqual(["create", "list/b@x.example", []]);
    expect(shown).toContainEqual(["create", "list/c@x.example", ["a@x.example"]]);
    expect(shown).toContainEqual([
      "update",
      "list/a@x.example",
      [{ field: "members", from: ["p@x.example"], to: ["b@x.example", "p@x.example"] }],
    ]);
    expect(shown).toContainEqual(["update", "list/b@x.example", [{ field: "members", from: [], to: ["a@x.example"] }]]);
    const places = steps.map(({ change, address }) => `${change.act} ${address}`);
    for (const name of ["a", "b"]) {
      expect(places.indexOf(`update list/${name}@x.example`)).toBeGreaterThan(
        places.indexOf("create list/a@x.example"),
      );
      expect(places.indexOf(`update list/${name}@x.example`)).toBeGreaterThan(
        places.indexOf("create list/b@x.example"),
      );
    }
  });

  it("gives a list that holds a renamed one both their steps", () => {
    const steps = told([
      create("list/b@x.example", { members: ["a@x.example"] }),
      update(
        "list/a@x.example",
        [{ field: "members", from: [], to: ["b@x.example"] }],
        was("list/old@x.example", { members: [] }),
        { members: ["b@x.example"] },
      ),
    ]);
    expect(steps.toSorted()).toEqual([
      "create list/b@x.example",
      "update list/a@x.example",
      "update list/a@x.example",
      "update list/b@x.example",
    ]);
  });

  it("says which changes wait for one another, and where they are written", () => {
    const swap = [
      update("account/a@x.example", [], was("account/b@x.example")),
      update("account/b@x.example", [], was("account/a@x.example")),
    ];
    expect(() => order(swap, origin)).toThrow(
      expect.objectContaining({
        code: "order.cycle",
        message:
          "These changes wait for one another: account/a@x.example (people.yaml:3:5) needs account/b@x.example; account/b@x.example (people.yaml:4:5) needs account/a@x.example",
      }),
    );
  });

  it("gives every step an id of its own that its place does not change", () => {
    const drafts = [create("account/a@x.example"), create("account/b@x.example"), remove("alias/c@x.example")];
    const ids = order(drafts).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(order([...drafts, create("account/0@x.example")]).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });
});

function readFrom(user: string): Draft["change"] {
  const { change } = sync("x@a.example", {}, "new");
  if (change.act !== "sync") throw new Error("no sync");
  return { ...change, want: { ...change.want, source: { endpoint: "new", user } } };
}

/** A list of lists: each refers to some of those before it, so there is no circle. */
const dag = fc
  .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((edges) => edges.map((targets, at) => (at === 0 ? [] : targets.map((target) => target % at))));
const name = (at: number): string => `l${String((at * 7919) % 100).padStart(2, "0")}-${at}@x.example`;

describe("any references without a circle", () => {
  it("are made before what refers to them", () => {
    fc.assert(
      fc.property(dag, (edges) => {
        const drafts = edges.map((targets, at) => create(`list/${name(at)}`, { members: targets.map(name) }));
        const steps = order(drafts);
        const place = new Map(steps.map((step, index) => [step.address, index]));
        expect(steps).toHaveLength(drafts.length);
        for (const [at, targets] of edges.entries())
          for (const target of targets)
            expect(place.get(`list/${name(target)}`)).toBeLessThan(place.get(`list/${name(at)}`) ?? -1);
        expectAfterIsBefore(steps);
      }),
    );
  });

  it("are deleted after what refers to them", () => {
    fc.assert(
      fc.property(dag, (edges) => {
        const steps = order(edges.map((targets, at) => remove(`list/${name(at)}`, { members: targets.map(name) })));
        const place = new Map(steps.map((step, index) => [step.address, index]));
        for (const [at, targets] of edges.entries())
          for (const target of targets)
            expect(place.get(`list/${name(target)}`)).toBeGreaterThan(place.get(`list/${name(at)}`) ?? 99);
        expectAfterIsBefore(steps);
      }),
    );
  });
});

describe("any lists, holding one another as they like", () => {
  it("end up whole, every member made before it is put in", () => {
    const graphs = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 5 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(graphs, (edges) => {
        const members = (at: number) =>
          (edges[at] ?? [])
            .filter((to) => to < edges.length && to !== at)
            .map(name)
            .toSorted();
        const steps = order(edges.map((_, at) => create(`list/${name(at)}`, { members: members(at) })));
        const made = new Map<string, readonly string[]>();
        for (const { change } of steps) {
          if (change.act !== "create" && change.act !== "update") throw new Error("not a list's step");
          const now = change.want.fields as { members: readonly string[] };
          expect(now.members.filter((member) => !made.has(member))).toEqual([]);
          made.set(change.want.name, now.members);
        }
        expect(made).toEqual(new Map(edges.map((_, at) => [name(at), members(at)])));
        expectAfterIsBefore(steps);
      }),
    );
  });
});

function expectAfterIsBefore(steps: ReturnType<typeof order>): void {
  const done = new Set<string>();
  for (const { id, after } of steps) {
    for (const need of after) expect(done.has(need)).toBe(true);
    done.add(id);
  }
}

describe("a company of 5,000", () => {
  it("is put in order whole", () => {
    const people = Array.from({ length: 5000 }, (_, at) => create(`account/p${at}@x.example`));
    const all = create("list/all@x.example", { members: people.map(({ address }) => address.slice(8)) });
    const steps = order([all, ...people, create("domain/x.example")]);
    expect(steps[0]?.address).toBe("domain/x.example");
    expect(steps.at(-1)?.address).toBe("list/all@x.example");
    expect(steps.at(-1)?.after).toHaveLength(5001);
  });

  it("and a chain of as many is no burden", () => {
    const chain = Array.from({ length: 5000 }, (_, at) =>
      create(`list/l${at}@x.example`, { members: at === 0 ? [] : [`l${at - 1}@x.example`] }),
    );
    expect(order(chain).map(({ address }) => address)).toEqual(chain.map(({ address }) => address));
  });
});

it("asks nothing of a reference that is not declared", () => {
  expect(
    told([create("list/a@x.example", want("list/a@x.example", { members: ["z@elsewhere.example"] }).fields)]),
  ).toEqual(["create list/a@x.example"]);
});
