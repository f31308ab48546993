import type { FeedRecord, JournalCounts, PlaceRecord, Side } from "../contract/journal.ts";
import type { LedgerRecord, StepRecord } from "../contract/state-store.ts";
import { showNumber } from "../kind/normal.ts";
import type { Address } from "../model/address.ts";
import { escapeLine } from "./escape.ts";
import { faultLine } from "./fault.ts";
import { showCount, showInstant } from "./number.ts";
import type { TextOptions } from "./options.ts";
import { createPaint } from "./paint.ts";
import { tallyLine } from "./tally.ts";

/** Messages of a mailbox that wait, by why. */
export interface Waiting {
  readonly refused: number;
  /** Came after the last plan. */
  readonly late: number;
  /** Deleted by its user, or never copied. */
  readonly unknown: number;
}

/** What the state remembers of one address, in short. */
export interface Remembered {
  readonly address: Address;
  readonly ledger?: Omit<LedgerRecord, "address">;
  /** The newest step of a run that was about it. */
  readonly step?: Omit<StepRecord, "address">;
  readonly mailbox?: JournalCounts & { readonly waiting: Waiting };
}

/** A folder of a mailbox: where it goes, and its pairs. */
export interface RememberedPlace extends PlaceRecord {
  /** Messages there on both sides. */
  readonly paired: number;
  /** There at the source alone. */
  readonly fresh: number;
  readonly deletedByUser: number;
}

/** The same in full. */
export interface RememberedInFull extends Remembered {
  readonly feeds?: Readonly<Record<Side, readonly FeedRecord[]>>;
  readonly places?: readonly RememberedPlace[];
  /** Batches whose outcome is not known. */
  readonly intents?: readonly { readonly place: string; readonly messages: number; readonly doubtful: boolean }[];
}

/** A line for each address, and one more for a mailbox. Ends with a line break. */
export function rememberedText(all: readonly Remembered[], options: TextOptions): string {
  const paint = createPaint(options.color);
  const width = Math.max(0, ...all.map(({ address }) => escapeLine(address).length));
  const lines = all.flatMap((each) => {
    const facts = [...ledgerFacts(each.ledger), ...(each.step === undefined ? [] : [stepFact(each.step)])];
    const name = escapeLine(each.address);
    return [
      facts.length === 0 ? name : `${name.padEnd(width)}  ${paint.quiet(facts.join(" · "))}`,
      ...(each.mailbox === undefined ? [] : [`  ${countsLine(each.mailbox)}`]),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}

function ledgerFacts(ledger: Remembered["ledger"]): readonly string[] {
  if (ledger === undefined) return [];
  const { endpoint, id, protect, passwordIssue, cutover, verified } = ledger;
  return [
    ...(endpoint === undefined ? [] : [`at ${endpoint}`]),
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(protect === true ? ["protected"] : []),
    ...(passwordIssue === undefined ? [] : [`password issue ${passwordIssue}`]),
    ...(verified === undefined
      ? []
      : [`verified ${showInstant(verified.at)} by ${verified.content ? "fingerprint and content" : "fingerprint"}`]),
    ...(cutover === undefined ? [] : [`cut over ${showInstant(cutover)}`]),
  ].map(escapeLine);
}

const stepFact = ({ ended, state }: Pick<StepRecord, "ended" | "state">): string =>
  `last step ${showInstant(ended)}${state === "done" ? "" : ` (${state})`}`;

const some = (count: number, words: string): readonly string[] =>
  count === 0 ? [] : [`${showNumber(count)} ${words}`];

/** Every number, save those that are 0 in a mailbox without trouble. */
function countsLine({ paired, adopted, fresh, deletedByUser, foreign, waiting }: NonNullable<Remembered["mailbox"]>) {
  return [
    `${showCount(paired, "message")} at both ends`,
    ...some(adopted, "of them found there"),
    ...some(fresh, "at the source alone"),
    ...some(foreign, "at the destination alone"),
    ...some(deletedByUser, "deleted by its user"),
    ...some(waiting.refused, "refused"),
    ...some(waiting.unknown, "deleted or never copied"),
    ...some(waiting.late, "came after the plan"),
  ].join(" · ");
}

/** One address in full. Ends with a line break. */
export function rememberedInFullText(known: RememberedInFull, options: TextOptions): string {
  const paint = createPaint(options.color);
  const { address, ledger, step, mailbox, feeds, places = [], intents = [] } = known;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", paint.strong(title), ...lines.map((line) => `  ${line}`)];
  const lines = [
    paint.strong(escapeLine(address)),
    ...ledgerFacts(ledger).map((fact) => `  ${fact}`),
    ...(step === undefined ? [] : [`  ${stepFact(step)}${stepMore(step)}`]),
    ...(mailbox === undefined ? [] : [`  ${countsLine(mailbox)}`]),
    ...section("Last applied", Object.entries(ledger?.applied ?? {}).map(appliedLine)),
    ...section("Folders", places.map(placeLine)),
    ...section("Read at the source", (feeds?.source ?? []).map(feedLine)),
    ...section("Read at the destination", (feeds?.destination ?? []).map(feedLine)),
    ...section("Written, and not known to have arrived", intents.map(intentLine)),
  ];
  return `${lines.join("\n")}\n`;
}

const stepMore = ({ tally, fault }: Pick<StepRecord, "tally" | "fault">): string =>
  `${tally === undefined ? "" : `: ${tallyLine(tally)}`}${fault === undefined ? "" : `: ${faultLine(fault)}`}`;

const appliedLine = ([field, value]: readonly [string, unknown]): string =>
  escapeLine(`${field}  ${JSON.stringify(value)}`);

function placeLine(place: RememberedPlace): string {
  const { source, path, destination, made, unproven, paired, fresh, deletedByUser } = place;
  const name = path.join("/") === source ? source : `${path.join("/")} (${source})`;
  const goal = destination === undefined ? "left out" : `→ ${destination}${made ? " (made by us)" : ""}`;
  const counts = [
    `${showNumber(paired)} paired`,
    ...(fresh === 0 ? [] : [`${showNumber(fresh)} at the source alone`]),
    ...(deletedByUser === 0 ? [] : [`${showNumber(deletedByUser)} deleted by its user`]),
    ...(unproven === true ? ["not read yet"] : []),
  ];
  return escapeLine(`${name} ${goal}: ${counts.join(" · ")}`);
}

const feedLine = ({ id, epoch, complete, version }: FeedRecord): string =>
  escapeLine(
    `${id}: epoch ${epoch}${version === undefined ? "" : ` · version ${version}`}${complete ? "" : " · reading not complete"}`,
  );

const intentLine = ({ place, messages, doubtful }: NonNullable<RememberedInFull["intents"]>[number]): string =>
  escapeLine(`${place}: ${showCount(messages, "message")}${doubtful ? " (written again meanwhile)" : ""}`);
