import { Buffer } from "node:buffer";
import type { Options } from "../../../contract/options.ts";
import { Fault } from "../../../model/fault.ts";
import { createSpool, type Spool } from "../../spool/spool.ts";
import { Refused } from "../refused.ts";
import type { Mailbox } from "./mailbox.ts";

const usualRoot = "https://gmail.googleapis.com/";

/** A large message's octets, by way of the disk: neither its text nor its octets are ever held. Undefined where it is gone. */
export async function spoolRaw(mailbox: Mailbox, id: string, options: Options): Promise<Spool | undefined> {
  const url = new URL(`gmail/v1/users/me/messages/${encodeURIComponent(id)}`, mailbox.apis.root.rootUrl ?? usualRoot);
  url.searchParams.set("format", "raw");
  url.searchParams.set("fields", "raw");
  let spool: Spool | undefined;
  // What an earlier try has left begins anew.
  const take = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    await spool?.discard();
    spool = await createSpool();
    for await (const octets of rawIn(body)) await spool.add(octets);
  };
  try {
    const request = { method: "GET", url: url.href, headers: new Headers(), take };
    await mailbox.wire.send(request, mailbox.call("get", options, { spoils: "item" }));
  } catch (thrown) {
    await spool?.discard();
    if (thrown instanceof Refused && thrown.status === 404) return undefined;
    throw thrown;
  }
  return spool;
}

/**
 * The octets of the field `raw` in a JSON object (base64url; RFC 4648, 5), as they come. Whatever is no letter of that alphabet ends it:
 * the quote, or padding, which may be written as an escape. Throws where there is no such field, or it does not end.
 */
export async function* rawIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let state: "before" | "within" | "after" = "before";
  let text = "";
  for await (const chunk of body) {
    if (state === "after") continue;
    text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    if (state === "before") {
      const key = /(?<!\\)"raw"\s*:\s*"/.exec(text);
      if (key === null) continue;
      text = text.slice(key.index + key[0].length);
      state = "within";
    }
    const end = text.search(/[^A-Za-z0-9_-]/);
    const known = end >= 0 ? end : text.length - (text.length % 4);
    if (known > 0) yield Buffer.from(text.slice(0, known), "base64url");
    text = text.slice(known);
    if (end >= 0) state = "after";
  }
  if (state !== "after")
    throw new Fault({
      code: "answer.broken",
      message:
        state === "before" ? "Gmail's answer holds no message" : "Gmail's answer ends in the middle of a message",
      spoils: "item",
      retry: "later",
    });
}
