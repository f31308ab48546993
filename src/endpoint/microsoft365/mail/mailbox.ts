import type { Clock } from "../../../contract/endpoint.ts";
import type { Fault } from "../../../model/fault.ts";
import type { Answered } from "../answer.ts";
import { refusal } from "../faults.ts";
import type { Call, Graph } from "../graph.ts";

/** One person's mailbox, as Graph has it. */
export interface Mailbox {
  readonly graph: Graph;
  readonly clock: Clock;
  /** A path below the user, with ids that outlive a move. */
  call(path: string): Omit<Call, "method">;
  refusal(answered: Answered, what: string): Fault;
}

export function createMailbox(about: string, user: string, graph: Graph, clock: Clock): Mailbox {
  return {
    graph,
    clock,
    call: (path) => ({
      path: path.startsWith("/users/") ? path : `/users/${encodeURIComponent(user)}${path}`,
      mailbox: user,
      headers: { prefer: 'IdType="ImmutableId"' },
      spoils: "mailbox",
    }),
    refusal: (answered, what) => refusal(answered, what, about, "mailbox"),
  };
}
