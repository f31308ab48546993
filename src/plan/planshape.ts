import { directoryKinds, isAddress, kinds } from "../model/address.ts";
import { phases } from "../model/plan.ts";
import {
  anything,
  choice,
  count,
  either,
  flag,
  listOf,
  mapOf,
  matching,
  number,
  object,
  oneOf,
  type Shape,
  text,
} from "./shape.ts";

const texts = listOf(text);
const id = matching(/^[0-9a-f]{12}$/, "a step's id");
const address: Shape = (value, path) =>
  typeof value === "string" && isAddress(value) ? undefined : `${path} is no address`;

const want = object({
  kind: oneOf(...directoryKinds),
  name: text,
  address,
  labels: mapOf(text),
  "wave?": count,
  fields: mapOf(anything),
  "absent?": flag,
  "protect?": flag,
  "formerly?": texts,
  "row?": object({ endpoint: text, "id?": text }),
  "password?": object({ from: oneOf("external", "secret", "hash", "generate"), "mustChange?": flag, "issue?": count }),
});

const was = object({
  kind: oneOf(...directoryKinds),
  name: text,
  "id?": text,
  "revision?": text,
  fields: mapOf(anything),
  "holds?": object({ messages: count, bytes: count }),
});

const fieldChanges = listOf(object({ field: text, "from?": anything, "to?": anything, "applied?": anything }));
const side = object({ endpoint: text, user: text });

const counts = object({
  copy: count,
  copyBytes: count,
  folders: count,
  adopt: count,
  present: count,
  marks: count,
  move: count,
  delete: count,
  places: count,
  deletedByUser: count,
  unknown: count,
  pending: count,
  skipped: mapOf(count),
});

const change = choice("act", {
  create: object({ act: text, want }),
  update: object({ act: text, want, was, fields: fieldChanges, "renamed?": text }),
  delete: object({ act: text, was }),
  sync: object({
    act: text,
    want: object({ source: side, destination: side, mode: oneOf("copy", "mirror") }),
    counts,
    scope: object({ watermarks: mapOf(object({ epoch: text, watermark: anything })) }),
    deletes: listOf(object({ place: text, id: text, fingerprint: text })),
  }),
  manual: object({ act: text, instructions: texts, expect: fieldChanges, "unseen?": oneOf(true) }),
  gate: object({ act: text, until: anything }),
  record: object({
    act: text,
    set: either(
      object({ protect: flag }),
      object({ adopt: object({ id: text }) }),
      object({ passwordIssue: count }),
      object({ leaver: flag }),
    ),
  }),
});

const limit = object({ percent: number, count });

const step = object({
  id,
  address,
  at: texts,
  phase: oneOf(...phases),
  change,
  after: listOf(id),
  precondition: either(object({ absent: oneOf(true) }), object({ revision: text }), object({ none: oneOf(true) })),
  "irreversible?": flag,
});

const findings = listOf(
  object({
    code: text,
    severity: oneOf("error", "warning", "info"),
    about: text,
    message: text,
    "remedy?": text,
    "detail?": anything,
  }),
);

const estimate = choice("basis", {
  measured: object({ basis: text, seconds: number }),
  limits: object({ basis: text, seconds: number }),
  unknown: object({ basis: text }),
});

const forecast = object({
  parallel: count,
  whole: estimate,
  waves: listOf(object({ "wave?": count, mailboxes: count, estimate })),
  mailboxes: listOf(
    object({
      address,
      estimate,
      "held?": object({ endpoint: text, of: oneOf("messages", "bytes"), perSecond: number }),
    }),
  ),
  rates: listOf(
    object({
      source: text,
      destination: text,
      passes: count,
      perPass: number,
      "perMessage?": number,
      perOctet: number,
      perOther: number,
    }),
  ),
});

/** Plan format 1, as `schemas/plan.schema.json` describes it. */
export const planShape: Shape = object({
  format: oneOf(1),
  id: matching(/^[0-9a-f]{64}$/, "a plan's id"),
  migration: text,
  digest: text,
  createdAt: text,
  route: object({ source: texts, destination: texts }),
  selection: object({
    target: texts,
    exclude: texts,
    label: texts,
    wave: listOf(number),
    phase: listOf(oneOf(...phases)),
  }),
  recopy: flag,
  steps: listOf(step),
  findings,
  guards: object({
    limit,
    counts: listOf(
      object({
        kind: oneOf(...kinds),
        deletes: count,
        of: count,
        allowed: count,
        "set?": oneOf("members", "disabled"),
        "written?": listOf(address),
        "limit?": limit,
      }),
    ),
    refusals: findings,
    protectedTouched: count,
    "verified?": listOf(address),
  }),
  unread: listOf(object({ address: text, code: text, message: text })),
  "forecast?": forecast,
});
