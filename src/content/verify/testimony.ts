import type { Known, Sighting } from "../../contract/journal.ts";
import type { Fault } from "../../model/fault.ts";
import type { PlaceId } from "../../model/item.ts";
import type { ProofMessage, ProofSide } from "../../model/proof.ts";
import { isSettled, meanings, type Standing } from "../../model/verification.ts";
import type { Identity } from "../fingerprint.ts";
import type { Pass } from "../pass.ts";
import type { Digest } from "./digest.ts";
import type { Evidence, Judged } from "./judge.ts";

/** What is written down of a page of rows: of those that were judged, and of others that are at the destination. */
export function* testimonyOf(
  judged: readonly Judged[],
  others: readonly Known[],
  seen: { readonly pass: Pass; readonly evidence: Evidence; readonly unread: ReadonlyMap<PlaceId, Fault> },
): Iterable<ProofMessage> {
  for (const one of judged) yield messageOf(one, seen);
  for (const row of others) yield aloneOf(row, seen);
}

type Seen = Parameters<typeof testimonyOf>[2];

/** Differences that a proof tells: marks change with every message that is read. */
const told = new Set(["dates", "sizes", "headers", "lineEnds"]);

function messageOf({ row, standing, differences }: Judged, { pass, evidence, unread }: Seen): ProofMessage {
  const { source, destination, row: number } = row;
  const { identity, digest, copies } = evidence;
  const messageId = identity.source.get(number)?.messageId;
  const route = pass.routes.get(source?.place ?? "");
  const differing = differences.filter((each) => told.has(each));
  const at =
    destination?.there === true && destination.id !== undefined && standing !== "vanished" ? destination : undefined;
  const path = pass.destinations.get(at?.place ?? "")?.path;
  return {
    standing,
    ...(messageId === undefined || messageId === "" ? {} : { messageId }),
    ...(isSettled(standing) ? {} : { reason: reasonOf(row, standing, unread) }),
    ...(differing.length === 0 ? {} : { differences: differing }),
    ...(at === undefined && route !== undefined ? { belongs: route.path.join("/") } : {}),
    ...(at === undefined
      ? {}
      : { destination: sideOf(at, path, identity.destination.get(number), copies?.get(number)) }),
    ...(source === undefined
      ? {}
      : { source: sideOf(source, route?.source.path, identity.source.get(number), digest?.source.get(number)) }),
  };
}

/** A message that is at the destination and nothing of the source's: delivered there, or its source is gone or not taken. */
function aloneOf({ row, destination }: Known, { pass, evidence }: Seen): ProofMessage {
  const identity = evidence.identity.destination.get(row);
  const digest = evidence.copies?.get(row);
  const path = pass.destinations.get(destination?.place ?? "")?.path;
  return {
    standing: "destinationOnly",
    ...(identity === undefined || identity.messageId === "" ? {} : { messageId: identity.messageId }),
    ...(digest === undefined ? { reason: meanings.unreadable } : {}),
    ...(destination === undefined ? {} : { destination: sideOf(destination, path, identity, digest) }),
  };
}

function reasonOf({ pending, source, destination }: Known, standing: Standing, unread: Seen["unread"]): string {
  if (standing === "pending" && pending !== undefined) return pending.message;
  const fault = unread.get(source?.place ?? "") ?? unread.get(destination?.place ?? "");
  return standing === "unreadable" && fault !== undefined ? fault.message : meanings[standing];
}

/** What is written down of one side. */
export function sideOf(
  { place, date, size }: Pick<Sighting, "place" | "date" | "size">,
  path: readonly string[] | undefined,
  identity: Identity | undefined,
  digest: Digest | undefined,
): ProofSide {
  return {
    folder: path?.join("/") ?? place,
    date: new Date(date).toISOString(),
    size,
    ...(identity === undefined ? {} : { fingerprint: identity.fingerprint }),
    ...(digest === undefined ? {} : { header: digest.header, body: digest.body }),
  };
}
