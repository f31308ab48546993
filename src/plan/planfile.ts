import { Fault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import { planJson } from "../report/plan-json.ts";
import { planChecksum, planId } from "./hash.ts";
import { planShape } from "./planshape.ts";

/** The newest format that is understood. */
const format = 1;

/** A plan with its checksum, as `schemas/plan.schema.json` describes it: what `--format json` shows and a saved plan holds. */
export function encodePlan(plan: Plan): string {
  return planJson({ ...plan, checksum: planChecksum(plan) });
}

/**
 * Reads a saved plan. `about` names it in messages. Throws `plan.unreadable` for what is no plan, `plan.newer` for a later format,
 * `plan.edited` where it is not what the checksum or the id was made from. Neither is a signature: trust comes from whoever
 * approves the id.
 */
export function decodePlan(json: string, about: string): Plan {
  const value = parse(json, about);
  const found = value["format"];
  if (typeof found !== "number" || !Number.isSafeInteger(found) || found < 1) {
    throw unreadable(about, "It is no saved plan: it names no format");
  }
  if (found > format) {
    throw new Fault({
      code: "plan.newer",
      message: `The plan has format ${found}, and this version of reconcile knows ${format}`,
      about,
      spoils: "run",
      remedy: "apply it with the version that made it, or plan again",
    });
  }
  const { checksum, ...rest } = value;
  if (checksum === undefined) throw unreadable(about, `It is no plan of format ${format}: it has no checksum`);
  if (planChecksum(rest as unknown as Plan) !== checksum) throw edited(about, "checksum");
  const wrong = planShape(rest, "plan");
  if (wrong !== undefined) throw unreadable(about, `It is no plan of format ${format}: ${wrong}`);
  const plan = rest as unknown as Plan;
  if (planId(plan) !== plan.id) throw edited(about, "id");
  return plan;
}

function parse(json: string, about: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw unreadable(about, "It is no saved plan: it is not JSON, or not all of it");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw unreadable(about, "It is no saved plan");
}

const edited = (about: string, mark: string): Fault =>
  new Fault({
    code: "plan.edited",
    message: `The plan was changed after it was saved: its content does not fit its ${mark}`,
    about,
    spoils: "run",
    remedy: "plan again; a plan is never edited by hand",
  });

const unreadable = (about: string, message: string): Fault =>
  new Fault({
    code: "plan.unreadable",
    message,
    about,
    spoils: "run",
    remedy: "save a plan with reconcile plan --out FILE",
  });

/** Throws `plan.stale` where the plan was made from other manifests, or for another Migration. */
export function checkFresh(
  plan: Plan,
  manifest: { readonly digest: string; readonly migration?: { readonly name: string } },
): void {
  const { migration } = manifest;
  if (migration !== undefined && migration.name !== plan.migration) {
    throw stale(`The plan is for the Migration ${plan.migration}, and the manifests are for ${migration.name}`);
  }
  if (manifest.digest !== plan.digest) throw stale("The manifests are not those that the plan was made from");
}

const stale = (message: string): Fault =>
  new Fault({ code: "plan.stale", message, spoils: "run", remedy: "plan again, and look at what changed" });
