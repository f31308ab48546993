import type { DirectoryChange, Handler, Outcome } from "../../../contract/endpoint.ts";
import type { DirectoryKind } from "../../../model/address.ts";
import type { Known } from "./assess.ts";
import type { GroupSort } from "./groups.ts";
import type { Readings } from "./readings.ts";
import type { Tenant } from "./tenant.ts";
import { type Work, writeBatch } from "./work.ts";

/** What handlers share: what is read, and what was last seen of it, for assessments. */
export interface Room {
  readonly tenant: Tenant;
  readonly readings: Readings;
  known: Known;
  /** What lists were last seen to be. */
  sorts: ReadonlyMap<string, GroupSort>;
}

/** A handler's writing, by its kind's work. */
export function writing<K extends DirectoryKind>(
  { tenant, readings }: Room,
  work: Work,
): NonNullable<Handler<K>["write"]> {
  return async (changes, options) => {
    readings.written();
    const perform: Work["perform"] = async (due, there, during) => {
      try {
        return await work.perform(due, there, during);
      } finally {
        readings.written();
      }
    };
    const batch = changes as unknown as readonly DirectoryChange[];
    const outcomes = await writeBatch(tenant, batch, { ...work, perform }, options);
    return outcomes as unknown as readonly Outcome<K>[];
  };
}
