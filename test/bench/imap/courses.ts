import { grouped } from "../tables.ts";
import type { Kind } from "./letters.ts";

/** What is measured beside the first copy, which every other thing begins with. */
export type Step = "unchanged" | "wire" | "changes";

/** Mail, servers and the way between: one pair of servers, on which each tool does the same in every round. */
export interface Course {
  readonly name: string;
  readonly kind: Kind;
  readonly mailboxes: number;
  /** Of all mailboxes together. */
  readonly messages: number;
  /** Folders of each mailbox, INBOX among them. */
  readonly folders: number;
  /** Milliseconds of a round trip to either server. */
  readonly trip: number;
  /** TLS, and servers that sync mail to the disk; else in the clear, and none. */
  readonly secured?: true;
}

interface Wanted {
  readonly course: Course;
  readonly steps: readonly Step[];
}

const base = { kind: "mixed", mailboxes: 1, folders: 24, trip: 0 } as const;

const sized = (messages: number): Course => ({
  ...base,
  kind: "small",
  name: `${grouped(messages)} small messages`,
  messages,
});
const boxes = (mailboxes: number, each: number): Course => ({
  ...base,
  name: `${mailboxes} × ${grouped(each)} messages`,
  mailboxes,
  messages: mailboxes * each,
  folders: 6,
});
const far = (trip: number, messages: number): Course => ({
  ...base,
  name: `${grouped(messages)} messages at ${trip} ms`,
  messages,
  trip,
});

/** The courses, by what the tables ask of them; `scale` is 1, or less for a trial of the bench itself. */
export function coursesOf(scale: number) {
  const of = (count: number): number => Math.max(1, Math.round(count * scale));
  const large = of(50);
  return {
    bulk: { ...base, name: `${grouped(of(10_000))} messages`, messages: of(10_000) },
    secured: {
      ...base,
      name: `${grouped(of(10_000))} messages, TLS, fsync`,
      messages: of(10_000),
      secured: true,
    },
    hundred: sized(of(1000) / 10),
    thousand: sized(of(1000)),
    tenThousand: sized(of(10_000)),
    hundredThousand: sized(of(100_000)),
    near: far(0, of(1000)),
    far: far(20, of(1000)),
    farther: far(100, of(1000)),
    one: boxes(1, of(10_000)),
    twenty: boxes(20, of(500)),
    twoHundred: boxes(200, of(50)),
    large: {
      ...base,
      kind: "large",
      name: `${large} messages of 25 MB, ${Math.min(8, large)} mailboxes`,
      mailboxes: Math.min(8, large),
      messages: large,
      folders: 1,
    },
  } as const satisfies Record<string, Course>;
}

export type Courses = ReturnType<typeof coursesOf>;

/** What the cost is held against, each from little to much. */
export const axes: readonly { readonly title: string; readonly of: (all: Courses) => readonly Course[] }[] = [
  { title: "messages", of: (all) => [all.thousand, all.tenThousand, all.hundredThousand] },
  { title: "mailboxes", of: (all) => [all.one, all.twenty, all.twoHundred] },
  { title: "round trip", of: (all) => [all.near, all.far, all.farther] },
];

const parts = {
  bulk: ({ bulk }) => [{ course: bulk, steps: [] }],
  unchanged: ({ bulk, hundredThousand }) => [bulk, hundredThousand].map((course) => ({ course, steps: ["unchanged"] })),
  wire: ({ hundred, tenThousand, hundredThousand }) =>
    [hundred, tenThousand, hundredThousand].map((course) => ({ course, steps: ["wire"] })),
  changes: ({ bulk }) => [{ course: bulk, steps: ["changes"] }],
  distance: ({ far }) => [{ course: far, steps: [] }],
  many: ({ twenty }) => [{ course: twenty, steps: [] }],
  memory: ({ bulk, tenThousand, hundredThousand, large }) =>
    [bulk, tenThousand, hundredThousand, large].map((course) => ({ course, steps: [] })),
  secured: ({ secured }) => [{ course: secured, steps: ["unchanged", "changes"] }],
  growth: (all) => axes.flatMap(({ of }) => of(all)).map((course) => ({ course, steps: ["unchanged"] })),
} as const satisfies Record<string, (courses: Courses) => readonly Wanted[]>;

export type ImapPart = keyof typeof parts;

export const imapParts = Object.keys(parts) as readonly ImapPart[];

/** The courses of these parts, each once, with all that is asked of it. */
export function wantedOf(chosen: readonly ImapPart[], courses: Courses): readonly Wanted[] {
  const all = chosen.flatMap((part): readonly Wanted[] => parts[part](courses));
  return [...Map.groupBy(all, ({ course }) => course)].map(([course, wanted]) => ({
    course,
    steps: [...new Set(wanted.flatMap(({ steps }) => steps))],
  }));
}
