import type { Event } from "../model/event.ts";
import { escapeJson, escapeLine } from "./escape.ts";
import { faultLine } from "./fault.ts";
import { showNumber, showSize } from "../kind/normal.ts";
import { showCount, showDuration, showRate } from "./number.ts";
import { createPaint, type Paint } from "./paint.ts";
import { isQuiet, tallyLine } from "./tally.ts";

export type ProgressMode = "bars" | "lines" | "json";

export interface ProgressOptions {
  readonly mode: ProgressMode;
  /** Columns of the terminal, for bars. */
  readonly width: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly color?: boolean;
  /** Tells of no mailbox where nothing happened: passes go on for days. */
  readonly quiet?: boolean;
  /** What the plan says there is to copy; the time left is counted from it. */
  readonly total?: { readonly messages: number; readonly bytes: number };
}

/** Turns events into text for standard error. Each method returns what is to be written now, often nothing. */
export interface Progress {
  take(event: Event): string;
  /** To be called now and then, so that time passes where no event comes. */
  tick(): string;
  /** Takes the bars away. */
  end(): string;
}

/** Milliseconds between two drawings of the bars, and between two lines. */
const redraw = 100;
const pause = 10_000;
const mostBars = 8;

export function createProgress(options: ProgressOptions): Progress {
  if (options.mode === "json") return jsonProgress(options);
  const meter = createMeter(options);
  const paint = createPaint(options.color ?? false);
  return options.mode === "bars" ? barProgress(options, meter, paint) : lineProgress(options, meter, paint);
}

function jsonProgress({ now }: ProgressOptions): Progress {
  const line = (event: Event): string =>
    `${escapeJson(JSON.stringify({ at: new Date(now()).toISOString(), ...event }))}\n`;
  return { take: line, tick: () => "", end: () => "" };
}

interface Gauge {
  readonly address: string;
  readonly messages: number;
  readonly bytes: number;
  readonly doneMessages: number;
  readonly doneBytes: number;
}

interface Meter {
  take(event: Event): void;
  readonly active: () => readonly Gauge[];
  /** `1,204 of 12,431 messages · 312 MiB of 3.1 GiB · 24.6 MiB/s · 2 min left`. */
  line(): string;
  readonly idle: () => boolean;
}

/** `sync.progress` counts from the last begin of its mailbox; a later begin says what is left, and takes the place of the one before. */
function createMeter({ now, total }: ProgressOptions): Meter {
  const active = new Map<string, Gauge>();
  let begun: number | undefined;
  const planned = { messages: 0, bytes: 0 };
  const ended = { messages: 0, bytes: 0 };
  function done(): { readonly messages: number; readonly bytes: number } {
    let { messages, bytes } = ended;
    for (const gauge of active.values()) {
      messages += gauge.doneMessages;
      bytes += gauge.doneBytes;
    }
    return { messages, bytes };
  }
  function close(address: string): Gauge | undefined {
    const gauge = active.get(address);
    active.delete(address);
    ended.messages += gauge?.doneMessages ?? 0;
    ended.bytes += gauge?.doneBytes ?? 0;
    return gauge;
  }
  return {
    active: () => [...active.values()],
    idle: () => begun === undefined,
    take(event) {
      if (event.type === "sync.begin") {
        begun ??= now();
        const { address, messages, bytes } = event;
        const before = close(address);
        planned.messages += messages - (before === undefined ? 0 : before.messages - before.doneMessages);
        planned.bytes += bytes - (before === undefined ? 0 : before.bytes - before.doneBytes);
        active.set(address, { address, messages, bytes, doneMessages: 0, doneBytes: 0 });
      } else if (event.type === "sync.progress") {
        const gauge = active.get(event.address);
        if (gauge !== undefined)
          active.set(event.address, { ...gauge, doneMessages: event.messages, doneBytes: event.bytes });
      } else if (event.type === "sync.done" || event.type === "step.failed") {
        close(event.address);
      }
    },
    line() {
      const all = {
        messages: Math.max(total?.messages ?? 0, planned.messages),
        bytes: Math.max(total?.bytes ?? 0, planned.bytes),
      };
      const { messages, bytes } = done();
      const took = now() - (begun ?? now());
      const left = bytes > 0 && took > 0 ? ((all.bytes - bytes) * took) / bytes : undefined;
      return [
        `${showNumber(messages)} of ${showCount(all.messages, "message")}`,
        `${showSize(bytes)} of ${showSize(all.bytes)}`,
        showRate(bytes, took),
        ...(left === undefined ? [] : [`${showDuration(left)} left`]),
      ].join(" · ");
    },
  };
}

/** What a person is told at once, whatever the mode; undefined for what only moves a bar. */
function told(event: Event, paint: Paint): string | undefined {
  switch (event.type) {
    case "step.failed":
      return `${paint.bad("failed ")}  ${escapeLine(event.address)}: ${faultLine(event.fault)}`;
    case "step.skipped":
      return `${paint.change("skipped")}  ${escapeLine(event.address)}: ${escapeLine(event.because)}`;
    case "item.pending":
      return `${paint.change("pending")}  ${escapeLine(event.address)} ${escapeLine(event.place)} ${escapeLine(event.id)}: ${faultLine(event.fault)}`;
    case "watch.end":
      return `watch    ${escapeLine(event.address)}: ${escapeLine(event.because)}; passes on the interval go on`;
    case "waiting":
      return event.ms < 5000
        ? undefined
        : `waiting  ${escapeLine(event.about)}: ${showDuration(event.ms)}, ${escapeLine(event.reason)}`;
    default:
      return undefined;
  }
}

function lineProgress({ now, quiet = false }: ProgressOptions, meter: Meter, paint: Paint): Progress {
  let last = now();
  const due = (): string => {
    if (meter.idle() || now() - last < pause) return "";
    last = now();
    return `${meter.line()}\n`;
  };
  const line = (event: Event): string | undefined => {
    if (event.type === "sync.done" && quiet && isQuiet(event.tally)) return undefined;
    if (event.type === "sync.done") return `done     ${escapeLine(event.address)}: ${tallyLine(event.tally)}`;
    if (event.type === "read") return `read     ${escapeLine(event.about)}: ${showNumber(event.count)}`;
    return told(event, paint);
  };
  return {
    take(event) {
      meter.take(event);
      const text = line(event);
      return `${text === undefined ? "" : `${text}\n`}${due()}`;
    },
    tick: due,
    end: () => "",
  };
}

function barProgress({ now, width }: ProgressOptions, meter: Meter, paint: Paint): Progress {
  let drawn = 0;
  let last = Number.NEGATIVE_INFINITY;
  const wipe = (): string => (drawn === 0 ? "" : `\u001b[${drawn}A\u001b[J`);
  const draw = (force: boolean): string => {
    if (meter.idle() || (!force && now() - last < redraw)) return "";
    const gauges = meter.active();
    const more = gauges.length - mostBars;
    const lines = [
      ...gauges.slice(0, mostBars).map((gauge) => barLine(gauge, width, paint)),
      ...(more > 0 ? [cut(`and ${showCount(more, "more mailbox", "more mailboxes")}`, width)] : []),
      cut(meter.line(), width),
    ];
    const text = `${wipe()}${lines.join("\n")}\n`;
    drawn = lines.length;
    last = now();
    return text;
  };
  return {
    take(event) {
      meter.take(event);
      const text = told(event, paint);
      if (text === undefined) return draw(false);
      const before = wipe();
      drawn = 0;
      return `${before}${text}\n${draw(true)}`;
    },
    tick: () => draw(false),
    end() {
      const text = wipe();
      drawn = 0;
      return text;
    },
  };
}

const cut = (text: string, width: number): string =>
  text.length < width ? text : `${text.slice(0, Math.max(0, width - 2))}…`;

/** `mailbox/ana@example.com  ████████░░░░  1,204 of 2,000`, never wider than the terminal: a bar that wraps cannot be wiped. */
function barLine({ address, messages, bytes, doneMessages, doneBytes }: Gauge, width: number, paint: Paint): string {
  const share = bytes > 0 ? doneBytes / bytes : messages > 0 ? doneMessages / messages : 1;
  const numbers = `${showNumber(doneMessages)} of ${showNumber(messages)}`;
  const room = Math.max(10, Math.floor(width * 0.4));
  const name = cut(escapeLine(address), room).padEnd(room);
  const length = Math.min(30, width - room - numbers.length - 5);
  if (length < 4) return cut(`${name} ${numbers}`, width);
  const full = Math.round(Math.min(1, Math.max(0, share)) * length);
  return `${name}  ${paint.good("█".repeat(full))}${"░".repeat(length - full)}  ${numbers}`;
}
