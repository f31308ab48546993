/** Bodies of requests: JSON, or the two parts of a multipart upload (RFC 2387). */
import { Buffer } from "node:buffer";

interface Parts {
  readonly json?: Readonly<Record<string, unknown>>;
  readonly media?: Buffer;
  readonly wrong?: string;
}

export function partsOf(type: string, octets: Buffer): Parts {
  if (octets.length === 0) return {};
  if (type.startsWith("application/json")) return jsonPart(octets.toString());
  const boundary = /^multipart\/related;\s*boundary="?([^";]+)"?/.exec(type)?.[1];
  if (boundary === undefined) return { media: octets };
  return relatedParts(octets, `--${boundary}`);
}

function jsonPart(text: string): Parts {
  try {
    return { json: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { wrong: "its body is no JSON" };
  }
}

function relatedParts(octets: Buffer, boundary: string): Parts {
  const line = Buffer.from(`\r\n${boundary}`);
  const second = octets.indexOf(line);
  const end = octets.lastIndexOf(Buffer.from(`\r\n${boundary}--`));
  if (!octets.subarray(0, boundary.length).equals(Buffer.from(boundary)) || second === -1 || end <= second)
    return { wrong: "its body has not two parts" };
  const { json, wrong } = jsonPart(bodyOf(octets.subarray(0, second)).toString());
  const media = bodyOf(octets.subarray(second + line.length, end));
  return { media, ...(json === undefined ? {} : { json }), ...(wrong === undefined ? {} : { wrong }) };
}

const bodyOf = (part: Buffer): Buffer => part.subarray(part.indexOf("\r\n\r\n") + 4);
