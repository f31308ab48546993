import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { findingsText } from "../report/finding.ts";
import { createProgress, type ProgressMode } from "../report/progress.ts";
import type { PendingItem } from "../report/summary.ts";
import { totalsOf } from "../report/totals.ts";
import type { ProgressForm } from "./flags.ts";
import type { Session } from "./session.ts";

/** Milliseconds between two drawings where no event comes. */
const beat = 500;
/** Pending messages that are remembered for the summary. */
const most = 10_000;

/** Events on their way to standard error, from now until it is closed. */
export interface ShownProgress {
  /** Messages that the events said are pending. */
  readonly pending: readonly PendingItem[];
  close(): Promise<void>;
}

interface Wish {
  /** Says how much there is to do. */
  readonly plan?: Plan;
  /** Mailboxes where nothing happened are passed over. */
  readonly quiet?: boolean;
}

/** Shows the session's events. */
export function showProgress(session: Session, form: ProgressForm | undefined, wish: Wish = {}): ShownProgress {
  const { terminal } = session;
  let pending: PendingItem[] = [];
  const show = form === "none" ? silence : renderer(session, form ?? (terminal.errIsTerminal ? "bars" : "lines"), wish);
  session.emit = (event) => {
    // A pass that begins again tells anew what waits.
    if (event.type === "sync.begin") pending = pending.filter(({ address }) => address !== event.address);
    if (event.type === "item.pending" && pending.length < most) pending.push(event);
    terminal.err(show.take(event));
  };
  const timer = setInterval(() => terminal.err(show.tick()), beat).unref();
  let open = true;
  return {
    get pending() {
      return pending;
    },
    async close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      session.emit = () => undefined;
      terminal.err(show.end());
    },
  };
}

const silence = { take: () => "", tick: () => "", end: () => "" };

function renderer({ terminal, clock }: Session, mode: ProgressMode, { plan, quiet = false }: Wish) {
  const totals = plan === undefined ? undefined : totalsOf(plan);
  const color = terminal.colour.err;
  const total = totals === undefined ? {} : { total: { messages: totals.copy, bytes: totals.copyBytes } };
  const progress = createProgress({ mode, width: terminal.columns, now: clock.now, color, quiet, ...total });
  /** What is found in a run is told at once; as an event where those are wanted. */
  const told = (event: Event): string =>
    event.type === "finding" && mode !== "json" ? findingsText([event.finding], { color }) : "";
  return { ...progress, take: (event: Event) => `${progress.take(event)}${told(event)}` };
}
