import { Fault, type FaultFacts } from "../../../model/fault.ts";
import type { Cmdlet } from "./cmdlet.ts";

interface Row {
  readonly words: RegExp;
  readonly means: Pick<FaultFacts, "code" | "spoils" | "retry"> & { readonly remedy: string };
}

/** What Exchange Online's errors mean, by their words: cmdlets tell little else. */
const rows: readonly Row[] = [
  {
    words: /couldn't be found|couldn.t find|doesn't exist|ManagementObjectNotFound|object .* not found/i,
    means: {
      code: "item.missing",
      spoils: "item",
      retry: "later",
      remedy: "run again: who has just been made shows in Exchange Online after minutes",
    },
  },
  {
    words: /already (?:being used|exists|in use|present)|is already used|ProxyAddressExists|NameNotAvailable/i,
    means: { code: "name.taken", spoils: "item", remedy: "look for who has the address" },
  },
  {
    words:
      /is not recognized|CommandNotFound|access ?denied|isn't assigned to any management roles|Unauthorized|not authorized/i,
    means: {
      code: "permission.missing",
      spoils: "endpoint",
      remedy: "grant Exchange.ManageAsApp, and give the application the role Exchange Administrator in Microsoft Entra",
    },
  },
  {
    words: /micro.?delay|throttl|too many concurrent|server (?:is )?busy/i,
    means: { code: "server.busy", spoils: "item", retry: { afterMs: 30_000 }, remedy: "run again later" },
  },
];

/** The fault of a cmdlet that Exchange Online refused. */
export function refusedCmdlet({ name, parameters }: Cmdlet, message: string, about: string): Fault {
  const means = rows.find(({ words }) => words.test(message))?.means ?? {
    code: "request.refused",
    spoils: "item" as const,
    remedy: "look at what Exchange Online says of it",
  };
  const { Identity: identity } = parameters;
  const what = typeof identity === "string" ? `${name} ${identity}` : name;
  const said = message.replaceAll(/\s+/g, " ").trim().slice(0, 500);
  return new Fault({ ...means, message: `${what} was refused: ${said}`, about });
}

/** A cmdlet reads where its verb is Get: only that may be sent twice. */
export const isReading = ({ name }: Cmdlet): boolean => name.startsWith("Get-");
