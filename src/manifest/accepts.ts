import { schemas } from "./schema.ts";

/** True for a document that the schemas allow. The build puts the same check here as ajv writes it out (`scripts/accepts.mjs`): compiling it costs a start more than all else. */
export const accepts = (document: unknown): boolean => schemas().document(document);
