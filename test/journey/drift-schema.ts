import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Place } from "./run.ts";

/** What `reconcile schema drift` prints, as what it finds wrong with a document. */
export async function driftSchema(place: Place): Promise<(json: unknown) => readonly ErrorObject[]> {
  const { stdout } = await place.run(["schema", "drift"]);
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(stdout) as object);
  return (json) => (validate(json) ? [] : (validate.errors ?? []));
}
