import { type Address, globMatcher, kindOf } from "../model/address.ts";
import { Fault } from "../model/fault.ts";
import type { Finding } from "../model/finding.ts";
import type { Phase, Selection, Step } from "../model/plan.ts";

/** What a selection looks at beside the address. */
export interface Marked {
  readonly labels: Readonly<Record<string, string>>;
  readonly wave?: number;
}

export interface Selector {
  /** True where the selection takes this address in this phase. */
  takes(address: Address, phase: Phase): boolean;
  /** Globs of `--target` and `--exclude` that fit none of the addresses. */
  idle(addresses: Iterable<Address>): readonly Finding[];
}

export const selectEverything: Selection = { target: [], exclude: [], label: [], wave: [], phase: [] };

/** All kinds of selecting must agree; of targets, waves and phases one must fit, of labels all. Throws `option.invalid`. */
export function createSelector(selection: Selection, marks: ReadonlyMap<Address, Marked>): Selector {
  const targets = selection.target.map(globMatcher);
  const excludes = selection.exclude.map(globMatcher);
  const labels = selection.label.map(parseLabel);
  const waves = new Set(selection.wave);
  const phases = new Set(selection.phase);
  const nothing: Marked = { labels: {} };
  return {
    takes(address, phase) {
      const { labels: has, wave } = marks.get(address) ?? nothing;
      if (targets.length > 0 && !targets.some((fits) => fits(address))) return false;
      if (excludes.some((fits) => fits(address))) return false;
      if (waves.size > 0 && (wave === undefined || !waves.has(wave))) return false;
      if (phases.size > 0 && !phases.has(phase)) return false;
      return labels.every(([key, value]) => Object.hasOwn(has, key) && has[key] === value);
    },
    idle(addresses) {
      const all = [...addresses];
      const idle = (flag: string, globs: readonly string[], tests: readonly ((text: string) => boolean)[]) =>
        globs.filter((_, at) => !all.some((address) => tests[at]?.(address))).map((glob) => unfit(flag, glob));
      return [...idle("--target", selection.target, targets), ...idle("--exclude", selection.exclude, excludes)];
    },
  };
}

const unfit = (flag: string, glob: string): Finding => ({
  code: "selection.idle",
  severity: "warning",
  about: glob,
  message: `${flag} names nothing that is declared or would change`,
  remedy: "addresses are kind/name, such as account/ana@example.com or 'list/*'",
});

function parseLabel(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new Fault({
    code: "option.invalid",
    message: `--label "${text}" is no name=value`,
    spoils: "run",
    remedy: "write it as --label office=berlin",
  });
}

/** The selected steps, waiting for one another as before; and what they need that was not selected. */
export function selectSteps(
  steps: readonly Step[],
  selector: Selector,
): { readonly steps: readonly Step[]; readonly findings: readonly Finding[] } {
  const taken = new Set(steps.filter((step) => selector.takes(step.address, step.phase)).map((step) => step.id));
  const byId = new Map(steps.map((step) => [step.id, step]));
  const findings: Finding[] = [];
  /** By step, what must be done before it of those taken, near or through those not taken. */
  const through = new Map<string, readonly string[]>();
  const chosen: Step[] = [];
  for (const step of steps) {
    const after = [...new Set(step.after.flatMap((id) => (taken.has(id) ? [id] : (through.get(id) ?? []))))];
    if (!taken.has(step.id)) {
      through.set(step.id, after);
      continue;
    }
    chosen.push({ ...step, after });
    const missing = step.after.flatMap((id) => (taken.has(id) ? [] : [byId.get(id)?.address]));
    for (const needed of new Set(missing))
      if (needed !== undefined && needed !== step.address) findings.push(leaves(step, needed));
  }
  return { steps: chosen, findings };
}

const leaves = ({ address }: Step, needed: Address): Finding => ({
  code: "selection.needs",
  severity: "warning",
  about: address,
  message: `It waits for ${needed}, which would change too and is not selected`,
  remedy: `apply ${kindOf(needed)} changes first, or select ${needed} as well`,
});
