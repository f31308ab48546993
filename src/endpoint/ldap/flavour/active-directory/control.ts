import type { Form } from "../../form.ts";

/** Bits of userAccountControl (MS-ADTS 2.2.16); every other one belongs to others. */
const disabled = 0x2;
/** A user like any other. */
const normal = 0x200;

/** `enabled` as a bit of userAccountControl. */
export const enabledByControl = (attribute: string): Form => ({
  field: "enabled",
  attributes: [attribute],
  parse(entry) {
    const bits = numberIn(entry.text(attribute));
    return bits === undefined ? undefined : (bits & disabled) === 0;
  },
  print(value, { there }) {
    const bits = numberIn(there?.text(attribute)) ?? normal;
    return { [attribute]: [String(value === false ? bits | disabled : bits & ~disabled)] };
  },
});

/** A whole number of 32 bits, which may be negative. */
const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,10}$/.test(text.trim()) ? Number(text) | 0 : undefined;
