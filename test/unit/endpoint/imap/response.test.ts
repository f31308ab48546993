import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReader } from "../../../../src/endpoint/imap/wire/reader.ts";
import {
  attributesOf,
  listOf,
  type Response,
  textOf,
  type Value,
} from "../../../../src/endpoint/imap/wire/response.ts";
import { cut, cuts, holds } from "./seeded.ts";

function read(octets: Buffer | string, sizes: readonly number[] = []): readonly Response[] {
  const responses: Response[] = [];
  const reader = createReader((response) => responses.push(response));
  const all = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
  for (const chunk of cut(all, sizes)) reader.push(chunk);
  return responses;
}

/** One response, read whole and octet by octet. */
function one(text: string): Response {
  const [whole, ...more] = read(text);
  expect(more).toEqual([]);
  expect(
    read(
      text,
      Array.from({ length: text.length }, () => 1),
    ),
  ).toEqual([whole]);
  if (whole === undefined) throw new Error("no response");
  return whole;
}

const valuesOf = (text: string): readonly Value[] => one(`* X ${text}\r\n`).values;

describe("a response", () => {
  it("has a tag, a name in capitals, perhaps a number, and values", () => {
    expect(one("* 5 fetch (UID 7)\r\n")).toEqual({
      tag: "*",
      name: "FETCH",
      number: 5,
      text: "",
      values: [["UID", "7"]],
    });
    expect(one("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n").values).toEqual(["IMAP4rev1", "AUTH=PLAIN"]);
    expect(one("* SEARCH\r\n")).toMatchObject({ name: "SEARCH", values: [] });
    expect(one("* 3 EXISTS\r\n")).toMatchObject({ name: "EXISTS", number: 3, values: [] });
    expect(one("* VANISHED (EARLIER) 300:310,405\r\n").values).toEqual([["EARLIER"], "300:310,405"]);
  });

  it("may be a status with a code, and with words of any kind", () => {
    expect(one("r1 OK [READ-WRITE] done\r\n")).toEqual({
      tag: "r1",
      name: "OK",
      code: { name: "READ-WRITE", rest: "" },
      text: "done",
      values: [],
    });
    expect(one("* OK [PERMANENTFLAGS (\\Answered $Junk \\*)] Limited\r\n")).toMatchObject({
      code: { name: "PERMANENTFLAGS", rest: "(\\Answered $Junk \\*)" },
      text: "Limited",
    });
    expect(one('* NO [BADURL "a]b\\"c"] odd\r\n')).toMatchObject({
      code: { name: "BADURL", rest: '"a]b\\"c"' },
      text: "odd",
    });
    expect(one("r2 no [unavailable]\r\n")).toMatchObject({ name: "NO", code: { name: "UNAVAILABLE" }, text: "" });
    expect(one("r2 NO [never closed\r\n")).toMatchObject({ name: "NO", text: "[never closed" });
    expect(one("* BYE\r\n")).toMatchObject({ name: "BYE", text: "" });
    expect(one('* OK caf\xe9 \xff\x00 ("{ \r\n').text).toBe('café ÿ\0 ("{ ');
  });

  it("may be a continuation", () => {
    expect(one("+ go ahead\r\n")).toMatchObject({ tag: "+", text: "go ahead" });
    expect(one("+ \r\n")).toMatchObject({ tag: "+", text: "" });
    expect(one("+\r\n")).toMatchObject({ tag: "+", text: "" });
  });

  it("has no literal in the words of a status, whatever they end with", () => {
    expect(
      read("r1 NO [NONEXISTENT] Mailbox doesn't exist: Plans {2024}\r\nr2 OK done {9+}\r\n* BYE {3}\r\n+ {1}\r\n"),
    ).toMatchObject([
      { tag: "r1", text: "Mailbox doesn't exist: Plans {2024}" },
      { tag: "r2", text: "done {9+}" },
      { name: "BYE", text: "{3}" },
      { tag: "+", text: "{1}" },
    ]);
  });

  it("ends with LF alone where a server is so, and empty lines are none", () => {
    expect(read("* 1 EXISTS\n\r\n\n* 2 EXISTS\r\n")).toMatchObject([{ number: 1 }, { number: 2 }]);
  });
});

describe("a value", () => {
  it.each<[string, readonly Value[]]>([
    ["a NIL nil NILS", ["a", null, null, "NILS"]],
    ['"" "a b" "q\\"q" "b\\\\"', ["", "a b", 'q"q', "b\\"]],
    ['"NIL"', ["NIL"]],
    ["() (()) ((a) b)", [[], [[]], [["a"], "b"]]],
    ["(a(b)c)", [["a", ["b"], "c"]]],
    ["\\Seen $Forwarded [Gmail] foo]bar", ["\\Seen", "$Forwarded", "[Gmail]", "foo]bar"]],
    ["BODY[HEADER.FIELDS (DATE FROM)]<0> x", ["BODY[HEADER.FIELDS (DATE FROM)]<0>", "x"]],
    ["BINARY[1.2]<0> ~x", ["BINARY[1.2]<0>", "~x"]],
    ["caf\xe9", ["caf\xe9"]],
    ["{3}\r\na\nb x", [Buffer.from("a\nb"), "x"]],
    ["~{3}\r\na\0b {0}\r\n", [Buffer.from("a\0b"), Buffer.alloc(0)]],
    ["({4+}\r\n{1}\r y)", [[Buffer.from("{1}\r"), "y"]]],
    ['"{3}"', ["{3}"]],
  ])("%j", (text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  it.each(['"no end', "(no end", "(no (end)", "a)", "BODY[no end", '"no end\\"'])(
    "that is none is refused: %j",
    (text) => {
      expect(() => read(`* X ${text}\r\n`)).toThrow(SyntaxError);
    },
  );

  it("nested without end is refused, and does not exhaust the stack", () => {
    expect(() => read(`* X ${"(".repeat(100_000)}${")".repeat(100_000)}\r\n`)).toThrow(SyntaxError);
    expect(valuesOf(`${"(".repeat(30)}${")".repeat(30)}`)).toHaveLength(1);
  });

  it("that would be larger than any message is refused before it comes", () => {
    expect(() => read("* 1 FETCH (BODY[] {999999999999}\r\n")).toThrow(/literal of 999999999999/);
  });

  it("is had as text, list or attributes", () => {
    expect([textOf("a"), textOf(Buffer.from("\xe9", "latin1")), textOf(null), textOf([]), textOf(undefined)]).toEqual([
      "a",
      "\xe9",
      undefined,
      undefined,
      undefined,
    ]);
    expect([listOf(["a"]), listOf("a"), listOf(null), listOf(Buffer.from("a"))]).toEqual([["a"], [], [], []]);
    const attributes = attributesOf(["uid", "7", "Flags", ["\\Seen"], "BODY[]", null, "odd"]);
    expect([...attributes]).toEqual([
      ["UID", "7"],
      ["FLAGS", ["\\Seen"]],
      ["BODY[]", null],
    ]);
  });
});

/** A value, and how chance writes it. */
interface Written {
  readonly value: Value;
  readonly octets: Buffer;
}

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const octet = (most: number) => fc.integer({ min: 0, max: most });

const atom: fc.Arbitrary<Written> = fc.stringMatching(/^[A-Za-z0-9\\$.:*_=+-]{1,12}$/).map((text) => ({
  value: /^nil$/i.test(text) ? null : text,
  octets: latin1(text),
}));
const quoted: fc.Arbitrary<Written> = fc
  .array(
    octet(255).filter((each) => each !== 10 && each !== 13 && each !== 0),
    { maxLength: 20 },
  )
  .map((octets) => {
    const value = Buffer.from(octets).toString("latin1");
    return { value, octets: latin1(`"${value.replace(/[\\"]/g, "\\$&")}"`) };
  });
const literal: fc.Arbitrary<Written> = fc
  .tuple(fc.uint8Array({ maxLength: 60 }), fc.constantFrom("{#}", "~{#}", "{#+}"))
  .map(([octets, form]) => {
    const value = Buffer.from(octets);
    return { value, octets: Buffer.concat([latin1(`${form.replace("#", String(value.length))}\r\n`), value]) };
  });
const nil: fc.Arbitrary<Written> = fc.constantFrom("NIL", "nil").map((text) => ({ value: null, octets: latin1(text) }));

const joined = (all: readonly Written[]): Buffer =>
  Buffer.concat(all.flatMap(({ octets }, at) => (at === 0 ? [octets] : [latin1(" "), octets])));

const { written } = fc.letrec<{ written: Written; list: Written }>((tie) => ({
  written: fc.oneof({ depthSize: "small" }, atom, quoted, literal, nil, tie("list")),
  list: fc.array(tie("written"), { maxLength: 5 }).map((all) => ({
    value: all.map(({ value }) => value),
    octets: Buffer.concat([latin1("("), joined(all), latin1(")")]),
  })),
}));

const outcomeOf = (octets: Buffer, sizes: readonly number[]): unknown => {
  try {
    return read(octets, sizes);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return "refused";
    throw thrown;
  }
};

describe("whatever a server sends", () => {
  it("is read as it was written, in any cut", async () => {
    const responses = fc.array(fc.array(written, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
    await holds(
      "responses in any cut",
      fc.property(responses, cuts, (all, sizes) => {
        const octets = Buffer.concat(
          all.flatMap((values) => [
            latin1("* X"),
            ...(values.length === 0 ? [] : [latin1(" "), joined(values)]),
            latin1("\r\n"),
          ]),
        );
        expect(read(octets, sizes).map(({ values }) => values)).toEqual(
          all.map((values) => values.map(({ value }) => value)),
        );
      }),
    );
  });

  it("is read or refused by a SyntaxError, alike in any cut", async () => {
    const bit = fc.oneof(
      fc.constantFrom(
        "* ",
        "+ ",
        "r1 ",
        "OK ",
        "NO [",
        "] ",
        "FETCH ",
        "(",
        ")",
        '"',
        "\\",
        "{2}\r\n",
        "~{3+}\r\n",
        "{",
        "}",
        "\r\n",
        "\n",
        "BODY[",
        "NIL",
        " ",
        "\r",
      ),
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((octets) => Buffer.from(octets).toString("latin1")),
    );
    await holds(
      "junk in any cut",
      fc.property(fc.array(bit, { maxLength: 40 }), cuts, (bits, sizes) => {
        const octets = latin1(bits.join(""));
        expect(outcomeOf(octets, sizes)).toEqual(outcomeOf(octets, []));
      }),
      2000,
    );
  });
});
