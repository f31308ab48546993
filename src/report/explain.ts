import { kindTable } from "../kind/table.ts";
import { type Address, kindOf } from "../model/address.ts";
import type { Finding } from "../model/finding.ts";
import type { Json } from "../model/json.ts";
import type { Forecast, Plan, Step } from "../model/plan.ts";
import type { Origin } from "../model/resource.ts";
import { escapeLine } from "./escape.ts";
import { findingLines } from "./finding.ts";
import { explainTime } from "./forecast.ts";
import type { TextOptions } from "./options.ts";
import { createPaint, type Paint } from "./paint.ts";
import { type Row, rowsOf } from "./row.ts";
import { shortId } from "./totals.ts";

/** Why a plan does what it does to one address. */
export interface Explanation {
  readonly address: Address;
  readonly plan: Pick<Plan, "id">;
  /** The line that declares it; `row` where the rows of another system do. Absent where nothing does. */
  readonly declared?: { readonly origin?: Origin; readonly by: "manifest" | "row" };
  /** Fields that are written, in normal form. */
  readonly wanted?: Readonly<Record<string, Json | undefined>>;
  /** Fields that were seen, where the plan changes them or takes them away. */
  readonly observed?: Readonly<Record<string, Json | undefined>>;
  readonly steps: readonly Step[];
  readonly forecast?: Forecast;
  /** Addresses whose steps come before, and those whose steps wait for it. */
  readonly needs: readonly Address[];
  readonly neededBy: readonly Address[];
  readonly selected: boolean;
  readonly findings: readonly Finding[];
  readonly refusals: readonly Finding[];
  readonly unread?: { readonly code: string; readonly message: string };
}

/** An explanation as text. Ends with a line break. */
export function explainText(explanation: Explanation, options: TextOptions): string {
  const paint = createPaint(options.color);
  const lines = [
    paint.strong(escapeLine(explanation.address)),
    `  declared   ${declaredAt(explanation)}`,
    ...values("wanted", explanation.wanted, explanation),
    ...values("observed", explanation.observed, explanation),
    ...because(explanation),
    ...links("needs", explanation.needs),
    ...links("needed by", explanation.neededBy),
    ...times(explanation),
    ...rowsOf(explanation).flatMap((row) => stepLines(row)),
    ...findings("Refused", explanation.refusals, paint),
    ...findings("Notes", explanation.findings, paint),
  ];
  return `${lines.join("\n")}\n`;
}

function declaredAt({ declared }: Explanation): string {
  if (declared === undefined) return "nowhere in the manifests";
  const { origin, by } = declared;
  const place = origin === undefined ? "" : `${escapeLine(origin.file)}:${origin.line}:${origin.column}`;
  return by === "row" ? `by a row, through ${place}` : place;
}

function values(title: string, fields: Explanation["wanted"], { address }: Explanation): readonly string[] {
  const forms = kindTable[kindOf(address)].fields;
  const shown = Object.entries(fields ?? {}).flatMap(([field, value]) => {
    const text = forms[field]?.show(value) ?? JSON.stringify(value);
    return value === undefined ? [] : [`${field} ${escapeLine(text)}`];
  });
  return shown.map((text, at) => `  ${(at === 0 ? title : "").padEnd(9)}  ${text}`);
}

function because({ steps, unread, selected, declared, plan }: Explanation): readonly string[] {
  if (unread !== undefined) return [`  not read   ${escapeLine(unread.message)}`];
  if (steps.length > 0) return [`  plan       ${shortId(plan)} changes it`];
  if (!selected) return ["  plan       it was not selected"];
  return [`  plan       ${declared === undefined ? "it is not managed" : "nothing of what is written differs"}`];
}

function links(title: string, addresses: readonly Address[]): readonly string[] {
  return addresses.map((address, at) => `  ${(at === 0 ? title : "").padEnd(9)}  ${escapeLine(address)}`);
}

function times({ steps, forecast }: Explanation): readonly string[] {
  const lines = forecast === undefined ? [] : steps.flatMap((step) => explainTime(step, forecast));
  return lines.map((line, at) => `  ${(at === 0 ? "time" : "").padEnd(9)}  ${line}`);
}

function stepLines(row: Row): readonly string[] {
  const fields = row.fields.flatMap(({ field, lines }) =>
    lines.map((line, at) => `        ${at === 0 ? `${field}  ` : "  "}${line}`),
  );
  const { act } = row.step.change;
  return [
    `    ${row.mark} ${act}${row.summary === "" ? "" : `    ${row.summary}`}`,
    ...fields,
    ...row.lines.map((line) => `        ${line}`),
  ];
}

function findings(title: string, all: readonly Finding[], paint: Paint): readonly string[] {
  return all.length === 0 ? [] : [`  ${title}`, ...findingLines(all, paint, "    ")];
}
