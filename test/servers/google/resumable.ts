/** Uploads in pieces (https://developers.google.com/workspace/gmail/api/guides/uploads#resumable). */
import { Buffer } from "node:buffer";
import { type Ask, refuse, type Reply } from "./said.ts";

interface Session {
  readonly ask: Ask;
  readonly size: number;
  octets: Buffer;
  /** What was answered when the last octet came. */
  done?: Reply;
}

export function createSessions() {
  const sessions = new Map<string, Session>();
  return {
    begin(ask: Ask): Reply {
      const size = Number(ask.headers["x-upload-content-length"]);
      if (ask.headers["x-upload-content-type"] !== "message/rfc822" || !(size > 0)) return refuse(400, "badRequest");
      const id = `upload-${sessions.size + 1}`;
      sessions.set(id, { ask, size, octets: Buffer.alloc(0) });
      const location = new URL(ask.url);
      location.searchParams.set("upload_id", id);
      return { status: 200, headers: { location: location.href } };
    },
    go(ask: Ask, store: (begun: Ask, octets: Buffer) => Reply): Reply {
      const session = sessions.get(ask.url.searchParams.get("upload_id") ?? "");
      if (session === undefined) return refuse(404, "notFound");
      if (session.done !== undefined) return session.done;
      const [, from, , size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(String(ask.headers["content-range"])) ?? [];
      if (Number(size) !== session.size) return refuse(400, "badRequest", "Content-Range");
      if (from !== undefined) {
        if (Number(from) !== session.octets.length) return refuse(400, "badRequest", "Content-Range");
        const last = Number(from) + ask.octets.length === session.size;
        // Pieces but the last are multiples of 256 KiB.
        if (!last && ask.octets.length % 262_144 !== 0) return refuse(400, "badRequest", "Content-Length");
        session.octets = Buffer.concat([session.octets, ask.octets]);
      }
      const { length } = session.octets;
      if (length < session.size)
        return { status: 308, ...(length === 0 ? {} : { headers: { range: `bytes=0-${length - 1}` } }) };
      session.done = store(session.ask, session.octets);
      return session.done;
    },
  };
}
