import { diffLines, diffWordsWithSpace } from "diff";
import { sameField } from "../kind/field.ts";
import { kindTable } from "../kind/table.ts";
import type { Kind } from "../model/address.ts";
import type { Json } from "../model/json.ts";
import type { FieldChange } from "../model/resource.ts";
import { escapeLine } from "./escape.ts";

/** A field's difference in one line or several; the first stands beside the field's name. Not escaped. */
export interface ShownChange {
  readonly field: string;
  readonly lines: readonly string[];
}

const long = 60;

/** Sets by what came and went, long texts by their difference, the rest as `from → to`. Text is escaped for one line. */
export function showChange(kind: Kind, change: FieldChange): ShownChange {
  const { field, lines } = showDifference(kind, change);
  const said = showOtherHand(kind, change);
  if (said === "") return { field, lines };
  const [only = ""] = lines;
  return { field, lines: lines.length === 1 ? [`${only}  (${said})`] : [...lines, `(${said})`] };
}

/** That somebody else changed it, and what was there before, where that is not what will be there. */
function showOtherHand(kind: Kind, { field, to, applied }: FieldChange): string {
  if (applied === undefined) return "";
  const since = "changed there since the last apply";
  if (sameField(applied, to)) return since;
  return `${since}, which left ${escapeLine(kindTable[kind].fields[field]?.show(applied) ?? JSON.stringify(applied))}`;
}

function showDifference(kind: Kind, change: FieldChange): ShownChange {
  const { field, from, to } = change;
  const form = kindTable[kind].fields[field];
  if (field === "password") return { field, lines: [`written again (issue ${String(from)} → ${String(to)})`] };
  if (form?.reads === "set") return { field, lines: [showSet(names(from), names(to))] };
  if (form?.reads === "text" && typeof from === "string" && typeof to === "string" && (isLong(from) || isLong(to))) {
    return { field, lines: showText(from, to) };
  }
  const show = (value: Json | undefined): string => escapeLine(form?.show(value) ?? JSON.stringify(value) ?? "(none)");
  return { field, lines: [`${show(from)} → ${show(to)}`] };
}

const names = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** Every name that comes or goes: who leaves a list is never cut. */
function showSet(from: readonly string[], to: readonly string[]): string {
  const [before, after] = [new Set(from), new Set(to)];
  const came = to.filter((name) => !before.has(name)).map((name) => `+${escapeLine(name)}`);
  const went = from.filter((name) => !after.has(name)).map((name) => `-${escapeLine(name)}`);
  return [...came, ...went].join(" ") || "(empty)";
}

const isLong = (text: string): boolean => text.length > long || text.includes("\n");

function showText(from: string, to: string): readonly string[] {
  if (from.includes("\n") || to.includes("\n")) {
    return diffLines(from, to).flatMap(({ value, added, removed }) =>
      value
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => `${added ? "+" : removed ? "-" : " "} ${escapeLine(line)}`),
    );
  }
  const parts = diffWordsWithSpace(from, to).map(({ value, added, removed }) => {
    const text = escapeLine(value);
    return added ? `{+${text}+}` : removed ? `[-${text}-]` : text;
  });
  return [parts.join("")];
}
