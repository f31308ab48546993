import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream";
import { CsvError, type Options as ParserOptions, parse } from "csv-parse";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import { assertFolder, diskFault, incomplete, invalidFile } from "./faults.ts";

/** Octets that one row may have: a quote that is never closed must not swallow the memory. */
const longestRow = 1024 * 1024;

/** A row as it stands in the file. */
export interface Row {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Offset of the octet after the row's line break. */
  readonly end: number;
}

/**
 * Streams the rows of a CSV file (RFC 4180; UTF-8, with or without a BOM; LF or CRLF), the header and blank ones included. A file that
 * is absent has none. Ends normally only when the file was read whole and stood still: else `read.incomplete`; `csv.invalid` for what
 * is no CSV, `csv.missing` where there is no folder. `tee` is given every octet.
 */
export async function* scan(path: string, { signal }: Options, tee?: (chunk: Buffer) => void): AsyncGenerator<Row> {
  const file = await open(path, "r").catch((thrown: unknown) => absent(path, thrown));
  if (file === undefined) return;
  const lines = { next: 1 };
  try {
    const before = identity(await file.stat({ bigint: true }));
    yield* parsed(file, path, lines, signal, tee);
    if (lines.next === 1) throw headless(path);
    if ((await identityOf(path)) !== before) throw incomplete(path, "changed while it was read");
  } catch (thrown) {
    throw explain(path, lines.next, thrown);
  } finally {
    await file.close();
  }
}

function headless(path: string): Fault {
  const problem = { line: 1, text: "there is no header" };
  return invalidFile(path, [problem], "remove the empty file, or give it a header");
}

async function absent(path: string, thrown: unknown): Promise<undefined> {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw diskFault(path, thrown);
  await assertFolder(dirname(path));
}

/** `lines` counts on as rows are parsed, not as they are taken: the rows before a broken one are lost with it. */
function parsed(
  file: FileHandle,
  path: string,
  lines: { next: number },
  signal: AbortSignal,
  tee: (chunk: Buffer) => void = () => {},
): AsyncIterable<Row> {
  const settings: ParserOptions<Row, readonly string[]> = {
    bom: true,
    max_record_size: longestRow,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    on_record: (cells, { bytes }) => {
      const row = { line: lines.next, cells, end: bytes };
      lines.next += 1 + breaksIn(cells);
      return row;
    },
  };
  // The package's types know no record but string[].
  const parser = parse(settings as unknown as ParserOptions);
  const octets = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, signal });
  // The parser is destroyed with the error, which is then thrown to whoever iterates over it.
  pipeline(
    octets,
    (chunks: AsyncIterable<Buffer>) => checked(chunks, path, tee),
    parser,
    () => {},
  );
  return parser;
}

/** Lets through nothing but UTF-8: a name in another encoding would be read, and written back, as another name. */
async function* checked(
  chunks: AsyncIterable<Buffer>,
  path: string,
  tee: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const decode = (chunk: Buffer | undefined) => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      const before = chunk?.toString("utf8").split("\uFFFD", 1)[0] ?? "";
      const problem = { line: line + breaksIn([before]), text: "this is not UTF-8" };
      throw invalidFile(path, [problem], "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)");
    }
  };
  for await (const chunk of chunks) {
    decode(chunk);
    line += countBreaks(chunk);
    tee(chunk);
    yield chunk;
  }
  decode(undefined);
}

function countBreaks(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}

function breaksIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) if (cell.includes("\n")) count += cell.split("\n").length - 1;
  return count;
}

/** Equal as long as nobody writes the file or puts another in its place; undefined where there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch((thrown: unknown) => absent(path, thrown));
  return found === undefined ? undefined : identity(found);
}

function identity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

/** The parser's own count of lines is off where a quoted cell holds CRLF, so ours is told. */
function explain(path: string, line: number, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (!(thrown instanceof CsvError)) return diskFault(path, thrown);
  if (thrown.code === "CSV_QUOTE_NOT_CLOSED")
    return incomplete(path, `ends inside a quote that opens in the row at line ${line}`, thrown);
  const text = problems[thrown.code] ?? "this is no CSV";
  return invalidFile(path, [{ line, text }]);
}

const problems: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: "a closing quote is followed by more; inside quotes a quote is doubled",
  INVALID_OPENING_QUOTE:
    "there is a quote in the midst of a cell without quotes; put the cell in quotes and double the quote",
  CSV_MAX_RECORD_SIZE: "the row is longer than 1 MiB; perhaps a quote is not closed",
};
