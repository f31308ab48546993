/** How values stand in the columns. */

/** Marks, a line each; as JSON where a mark would not survive that. */
export function marksIn(marks: readonly string[]): string {
  const plain = marks.every((mark) => mark !== "" && !mark.includes("\n")) && !marks[0]?.startsWith("[");
  return plain ? marks.join("\n") : JSON.stringify(marks);
}

export function marksOut(text: string): readonly string[] {
  if (text === "") return [];
  return text.startsWith("[") ? (JSON.parse(text) as string[]) : text.split("\n");
}

/** Marks are sets, and case does not count (RFC 3501, section 2.3.2). Takes two texts as they stand in the columns. */
export function sameMarks(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

const canonical = (text: string): string =>
  JSON.stringify([...new Set(marksOut(text).map((mark) => mark.toLowerCase()))].toSorted());

/** A 128-bit key: 32 hexadecimal digits outside, 16 octets inside. */
export function keyIn(hex: string | undefined): Buffer | null {
  if (hex === undefined) return null;
  const octets = Buffer.from(hex, "hex");
  if (octets.length !== 16 || hex.length !== 32) throw new Error(`Not a key of 128 bits in hex: ${hex}`);
  return octets;
}

export function keyOut(octets: Buffer | null): string | undefined {
  return octets?.toString("hex");
}
