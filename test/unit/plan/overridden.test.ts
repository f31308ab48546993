import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DirectoryChange } from "../../../src/contract/endpoint.ts";
import type { FieldChange, Observed } from "../../../src/model/resource.ts";
import { planMarkdown } from "../../../src/report/plan-markdown.ts";
import { planText } from "../../../src/report/plan-text.ts";
import { type Company, openCompany, told } from "./people.ts";

const { signal } = new AbortController();
let company: Company;
beforeEach(async () => {
  company = await openCompany();
  await company.apply(
    "{accounts: {ana: {displayName: Ana, givenName: A}, bo: {displayName: Bo}}, lists: {t: {members: [ana]}}}",
  );
});
afterEach(() => company.close());

/** Somebody changes an account, or a list, of the new directory by hand. */
async function byHand(
  kind: "account" | "list",
  name: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  const handler = company.directory.handlers[kind];
  const all: Observed[] = [];
  for await (const each of handler.read({}, { signal })) all.push(each as Observed);
  const was = all.find((each) => each.name === name);
  const change = {
    key: "k",
    act: "update",
    want: { kind, name, address: `${kind}/${name}`, labels: {}, fields },
    was,
    fields: Object.entries(fields).map(([field, to]) => ({ field, to })),
    precondition: { none: true },
  } as unknown as DirectoryChange;
  await handler.write?.([change as never], { signal });
}

async function planned(spec: string) {
  const { plan } = await company.plan(spec);
  const fields = plan.steps.flatMap(({ change }): readonly FieldChange[] =>
    change.act === "update" ? change.fields : [],
  );
  return { plan, fields };
}

const same = "{accounts: {ana: {displayName: Ana, givenName: A}, bo: {displayName: Bo}}, lists: {t: {members: [ana]}}}";

describe("a field that another hand has changed since the last apply", () => {
  it("is marked in the step with what the apply left, and told once for all", async () => {
    await byHand("account", "ana@x.example", { displayName: "Anna" });
    await byHand("list", "t@x.example", { members: ["ana@x.example", "bo@x.example"] });
    const { plan, fields } = await planned(same);
    expect(fields).toEqual([
      { field: "displayName", from: "Anna", to: "Ana", applied: "Ana" },
      { field: "members", from: ["ana@x.example", "bo@x.example"], to: ["ana@x.example"], applied: ["ana@x.example"] },
    ]);
    expect(told(plan, /^field\.overridden/)).toEqual(["field.overridden new account/ana@x.example list/t@x.example"]);
    const text = planText(plan, { color: false });
    expect(text).toContain('"Anna" → "Ana"  (changed there since the last apply)');
    expect(text).toContain("-bo@x.example  (changed there since the last apply)");
    expect(planMarkdown(plan)).toContain("changed there since the last apply");
  });

  it("is told from what the manifests changed, also in one and the same field", async () => {
    await byHand("account", "ana@x.example", { displayName: "Anna" });
    const { plan, fields } = await planned(
      "{accounts: {ana: {displayName: Ana Ruiz, givenName: An}, bo: {displayName: Bob}}, lists: {t: {members: [ana]}}}",
    );
    expect(fields).toEqual([
      { field: "displayName", from: "Anna", to: "Ana Ruiz", applied: "Ana" },
      { field: "givenName", from: "A", to: "An" },
      { field: "displayName", from: "Bo", to: "Bob" },
    ]);
    expect(planText(plan, { color: false })).toContain(
      '"Anna" → "Ana Ruiz"  (changed there since the last apply, which left "Ana")',
    );
    expect(told(plan, /^field\.overridden/)).toEqual(["field.overridden account/ana@x.example"]);
  });

  it("is nothing where the manifests say the same by now, or where the field was not ours", async () => {
    await byHand("account", "ana@x.example", { displayName: "Anna", familyName: "Ruiz" });
    const { plan, fields } = await planned(
      "{accounts: {ana: {displayName: Anna, familyName: R}, bo: {displayName: Bo}}, lists: {t: {members: [ana]}}}",
    );
    expect(fields).toEqual([{ field: "familyName", from: "Ruiz", to: "R" }]);
    expect(told(plan, /^field\.overridden/)).toEqual([]);
  });

  it("is not marked any more once it is applied", async () => {
    await byHand("account", "ana@x.example", { displayName: "Anna" });
    await company.apply(same);
    expect((await planned(same)).plan.steps).toEqual([]);
  });
});
