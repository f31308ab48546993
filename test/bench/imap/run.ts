import type { Samples } from "../samples.ts";
import type { Row } from "../tables.ts";
import { absences, hindrance } from "./absent.ts";
import { coursesOf, type ImapPart, wantedOf } from "./courses.ts";
import { measureCourse } from "./rounds.ts";
import { imapRows } from "./rows.ts";
import { courseText, growthText } from "./text.ts";

interface Request {
  readonly parts: readonly ImapPart[];
  readonly rounds: number;
  /** A part of everything, to try the bench itself. */
  readonly scale: number;
  readonly dir: string;
  tell(text: string): void;
  /** After every round. */
  keep(): Promise<void>;
}

export interface Measured {
  readonly rows: readonly Row[];
  readonly text: readonly string[];
}

const conditions = `Mail between two Dovecots on this machine. Warm: the mail was just written, the source's folders were opened once before, and all
destinations are new in each round. Each round runs every tool in turn on the same mail and servers, another one first each time; bodies,
flags and dates in both trees are compared after each copy (but for the X-TUID line that mbsync adds), and reconcile's next plan is empty.
doveadm backup writes the destination's disk itself. Where there are more mailboxes, 8 at a time: mbsync and doveadm as processes, of
which the largest counts for the peak. The bare pipe sends each folder's FETCH straight into APPENDs, and remembers and checks nothing: what
it takes bounds whoever copies by IMAP here.
`;

/** Measures these parts; says what could not be measured. */
export async function measureImap(request: Request, samples: Samples): Promise<Measured> {
  const { parts, rounds, scale, dir, tell, keep } = request;
  if (parts.length === 0) return { rows: [], text: [] };
  const why = await hindrance();
  if (why !== undefined)
    return { rows: [], text: [`Left out: mail between IMAP servers (${parts.join(", ")}). ${why}`] };
  const courses = coursesOf(scale);
  const texts: string[] = [];
  for (const { course, steps } of wantedOf(parts, courses)) {
    tell(`Laying ${course.name} on a server`);
    let laid = 0;
    const ended = async (round: number, octets: number): Promise<void> => {
      tell(`Round ${round} of ${rounds}, ${course.name}`);
      laid = octets;
      await keep();
    };
    await measureCourse({ course, steps, rounds, dir, ended }, samples);
    texts.push(courseText(samples, course, laid));
  }
  return {
    rows: imapRows(samples, courses),
    text: [conditions, ...absences(), ...texts, growthText(samples, courses)],
  };
}
