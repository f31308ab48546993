import { type Command, InvalidArgumentError, Option } from "commander";
import { type Phase, phases } from "../model/plan.ts";

/** Flags of every command. */
export interface CommonFlags {
  readonly debug?: boolean;
  readonly color?: boolean;
}

/** Flags of the commands that read manifests. */
export interface ManifestFlags extends CommonFlags {
  readonly file?: readonly string[];
  readonly environment?: string;
}

export interface StateFlags extends ManifestFlags {
  readonly state?: string;
}

/** Which addresses. */
export interface TargetFlags {
  readonly target?: readonly string[];
  readonly exclude?: readonly string[];
  readonly label?: readonly string[];
}

export interface PlanningFlags extends StateFlags, TargetFlags {
  readonly wave?: readonly number[];
  readonly phase?: readonly Phase[];
  readonly recopy?: boolean;
  readonly allowDelete?: readonly string[];
  readonly allowDisable?: readonly string[];
  readonly takeOver?: string;
  readonly progress?: ProgressForm;
  readonly parallel?: number;
}

export const formats = ["text", "json", "markdown"] as const;
export type Format = (typeof formats)[number];
const progressForms = ["bars", "lines", "json", "none"] as const;
export type ProgressForm = (typeof progressForms)[number];

export interface ApplyFlags extends PlanningFlags {
  readonly autoApprove?: boolean;
  readonly approve?: string;
  readonly maxDuration?: number;
  readonly follow?: boolean;
  readonly interval?: number;
  readonly passwordsOut?: string;
  readonly parallel: number;
}

type AddressFlags = Pick<PlanningFlags, "target" | "exclude" | "label" | "wave">;

export interface FormatFlags {
  readonly format: Format;
  readonly maxSize?: number;
}

export interface VerifyFlags extends StateFlags, AddressFlags, FormatFlags {
  readonly content?: boolean;
  readonly strict?: boolean;
  readonly list?: string;
  readonly manifestOut?: string;
  readonly manifest?: string;
  readonly publicKey?: string;
  readonly record?: boolean;
}

export function withCommon(command: Command): Command {
  return command
    .option("--debug", "show where a fault came from")
    .option("--no-color", "no colours, as with NO_COLOR in the environment");
}

export function withManifests(command: Command): Command {
  return command
    .option("-f, --file <path>", "folder or file of manifests; repeatable (default: manifests)", gather)
    .option("-e, --environment <name>", "the Migration to use, where there are several");
}

export function withState(command: Command): Command {
  return command.option(
    "--state <file>",
    "the state's file (default: what the Migration says, else .reconcile/state.db beside it)",
  );
}

export function withTarget(command: Command): Command {
  return command.option("--target <glob>", "only these addresses; repeatable", gather);
}

export function withTargets(command: Command): Command {
  return withTarget(command)
    .option("--exclude <glob>", "not these addresses; repeatable", gather)
    .option("--label <name=value>", "only what has this label; repeatable", gather);
}

export function withAddresses(command: Command): Command {
  return withTargets(command).option("--wave <number>", "only this wave; repeatable", gatherBy(parseWave));
}

function withSelection(command: Command): Command {
  return withAddresses(command).addOption(
    new Option("--phase <names>", `only these phases: ${phases.join(", ")}`).argParser(parsePhases),
  );
}

export function withPlanning(command: Command): Command {
  return withSelection(command)
    .option("--recopy", "copy what was deleted by its user, or never copied")
    .option("--allow-delete <KIND=N|ADDRESS>", "allow so many deletes of a kind, or this one; repeatable", gather)
    .option("--allow-disable <N|ADDRESS>", "allow so many accounts to be disabled, or this one; repeatable", gather)
    .option("--take-over <migration>", "manage what this other Migration of the same state managed until now");
}

export function withParallel(command: Command, what = "mailboxes at one time"): Command {
  return command.addOption(new Option("--parallel <number>", what).argParser(parseCount).default(8));
}

export function withProgress(command: Command): Command {
  return command.addOption(new Option("--progress <form>", "progress on standard error").choices(progressForms));
}

export function withFormat(command: Command): Command {
  return command
    .addOption(new Option("--format <format>", "form of the result").choices(formats).default("text"))
    .option("--max-size <characters>", "bound of the Markdown (default: 60000)", parseCount);
}

/** An example under the command's help. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length > 1 ? "Examples" : "Example";
  return command.addHelpText("after", `\n${title}:\n${lines.map((line) => `  $ ${line}\n`).join("")}`);
}

export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function gatherBy<T>(parse: (value: string) => T): (value: string, before: readonly T[] | undefined) => readonly T[] {
  return (value, before) => [...(before ?? []), parse(value)];
}

function parseWave(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It is a whole number.");
}

function parseCount(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It is a whole number above 0.");
}

function parsePhases(value: string, before: readonly Phase[] | undefined): readonly Phase[] {
  const named = value.split(",").map((part) => part.trim());
  const unknown = named.find((part) => !(phases as readonly string[]).includes(part));
  if (unknown !== undefined) throw new InvalidArgumentError(`The phases are ${phases.join(", ")}.`);
  return [...(before ?? []), ...(named as Phase[])];
}

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `45m`, `1h30m` in milliseconds. */
export function parseDuration(value: string): number {
  const parts = [...value.matchAll(/(\d+)([smhd])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ""] ?? 0), 0);
  if (parts.map(([text]) => text).join("") === value && ms > 0 && ms <= 30 * 86_400_000) return ms;
  throw new InvalidArgumentError("It is written like 90s, 45m or 1h30m, up to 30d.");
}
