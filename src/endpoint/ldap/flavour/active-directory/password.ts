import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { Unholdable } from "../../form.ts";
import type { PasswordForm } from "../flavour.ts";

/** unicodePwd: in quotes, in UTF-16 with the low octet first, over TLS alone (MS-ADTS 3.1.1.3.1.5.1). */
export const unicodePassword: PasswordForm = {
  overTls: true,
  print({ from, value, mustChange }) {
    if (from === "hash")
      throw new Unholdable(
        "Active Directory takes a password as it is, and no hash of one; let it be generated, or name it",
      );
    return {
      octets: { unicodePwd: Buffer.from(`"${value}"`, "utf16le") },
      values: mustChange ? { pwdLastSet: ["0"] } : {},
    };
  },
  // An account that may log in must have one. All four classes of characters are in it, for any policy.
  unknown: () => ({ from: "generate", value: `aA1!${randomBytes(36).toString("base64url")}`, mustChange: false }),
};
