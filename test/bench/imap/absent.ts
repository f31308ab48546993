import { requireServer } from "../../servers/packages.ts";
import { hasTime } from "../measure.ts";
import { tools } from "./tools.ts";

/** Why mail between servers cannot be measured here at all; undefined where it can. */
export const hindrance = async (): Promise<string | undefined> =>
  requireServer("dovecot").then(
    () => undefined,
    (error: Error) => error.message,
  );

/** A line for everything that is left out because a program is not on this machine. */
export const absences = (): readonly string[] => [
  ...tools
    .filter(({ program }) => program === undefined)
    .map(
      (tool) =>
        `Left out: ${tool.name} beside the IMAP servers, for it is not on this machine (Debian's ${tool.package}).`,
    ),
  ...(hasTime
    ? []
    : ["Left out: processor time and peak memory with IMAP, for GNU time is not on this machine (Debian's time)."]),
];
