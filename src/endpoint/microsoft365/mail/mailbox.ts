import type { Clock } from "../../../contract/endpoint.ts";
import type { Fault, Spoils } from "../../../model/fault.ts";
import type { Answered } from "../answer.ts";
import { refusal } from "../faults.ts";
import type { Call, Graph } from "../graph.ts";

/** One person's mailbox, as Graph has it. */
export interface Mailbox {
  readonly user: string;
  readonly graph: Graph;
  readonly clock: Clock;
  /** A path below the user, with ids that outlive a move. */
  call(path: string): Omit<Call, "method">;
  /** What it spoils, where the refusal does not say: the mailbox by default. */
  refusal(answered: Answered, what: string, spoils?: Spoils): Fault;
}

export function createMailbox(about: string, user: string, graph: Graph, clock: Clock): Mailbox {
  return {
    user,
    graph,
    clock,
    call: (path) => ({
      path: path.startsWith("/users/") ? path : `/users/${encodeURIComponent(user)}${path}`,
      mailbox: user,
      headers: { prefer: 'IdType="ImmutableId"' },
      spoils: "mailbox",
    }),
    refusal: (answered, what, spoils = "mailbox") => refusal(answered, what, about, spoils),
  };
}
