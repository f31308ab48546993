import type { Handler } from "../contract/endpoint.ts";
import type { DirectoryKind } from "../model/address.ts";
import { kindOf } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { FieldChange } from "../model/resource.ts";
import type { Draft } from "./draft.ts";
import type { DirectoryInput } from "./input.ts";

/** Changes that an endpoint sees and cannot make become steps for a person; those that nobody could see done are none. */
export function byHand(drafts: readonly Draft[], { views }: Pick<DirectoryInput, "views">): readonly Draft[] {
  return drafts.flatMap((draft) => {
    const { change } = draft;
    if (change.act !== "create" && change.act !== "update" && change.act !== "delete") return [draft];
    const view = views.get(kindOf(draft.address) as DirectoryKind);
    const handler = view !== undefined && "handler" in view ? (view.handler as Handler<DirectoryKind>) : undefined;
    const instructions = handler?.byHand?.(change);
    if (instructions === undefined) return [draft];
    if (instructions.length === 0) return [];
    const { irreversible: _irreversible, ...rest } = draft;
    return [
      { ...rest, change: { act: "manual", instructions, expect: expected(change) }, precondition: { none: true } },
    ];
  });
}

type Made = Extract<Draft["change"], { act: "create" | "update" | "delete" }>;

function expected(change: Made): readonly FieldChange[] {
  if (change.act === "update") return change.fields;
  if (change.act === "delete") return [];
  return Object.entries(change.want.fields as Readonly<Record<string, Json | undefined>>).flatMap(([field, to]) =>
    to === undefined ? [] : [{ field, to }],
  );
}
