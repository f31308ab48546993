/** Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3). */
import { Buffer } from "node:buffer";

export function encodeName(name: string): string {
  return name.replaceAll("&", "&-").replaceAll(/[^\x20-\x7e]+/g, (run) => {
    const octets = Buffer.from(run, "utf16le").swap16();
    return `&${octets.toString("base64").replaceAll("=", "").replaceAll("/", ",")}-`;
  });
}

export function decodeName(name: string): string {
  return name.replaceAll(/&([^-]*)-/g, (_, coded: string) => {
    if (coded === "") return "&";
    const octets = Buffer.from(coded.replaceAll(",", "/"), "base64");
    return octets
      .subarray(0, octets.length & ~1)
      .swap16()
      .toString("utf16le");
  });
}
