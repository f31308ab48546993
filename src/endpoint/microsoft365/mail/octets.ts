import { Buffer } from "node:buffer";
import type { Body } from "../../../model/item.ts";

/** A body as a whole. */
export const octetsOf = async (body: Body): Promise<Uint8Array> =>
  body instanceof Uint8Array ? body : Buffer.concat(await body.toArray());
