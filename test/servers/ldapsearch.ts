/** The truth of a directory, read and written by OpenLDAP's own tools. */
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Connection {
  readonly url: string;
  readonly bind?: { readonly dn: string; readonly password: string };
  /** A PEM file. */
  readonly ca?: string;
}

/** Values by attribute, as octets read as UTF-8; `octets` has them as they are. */
export interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly octets: Readonly<Record<string, readonly Buffer[]>>;
}

const credentials = ({ url, bind }: Connection): string[] => [
  "-x",
  "-H",
  url,
  ...(bind === undefined ? [] : ["-D", bind.dn, "-w", bind.password]),
];

async function run(program: string, connection: Connection, args: readonly string[], input = ""): Promise<string> {
  const ca = connection.ca === undefined ? {} : { LDAPTLS_CACERT: connection.ca };
  const options = { env: { ...process.env, ...ca }, maxBuffer: 1 << 28, timeout: 60_000 };
  const running = promisify(execFile)(program, [...credentials(connection), ...args], options);
  // It may end before it reads, and says by its code how it went.
  running.child.stdin?.on("error", () => undefined).end(input);
  return (await running).stdout;
}

/** The entries that a filter lets through, by pages of so many unless said otherwise. */
export async function ldapsearch(
  connection: Connection,
  base: string,
  filter: string,
  attributes: readonly string[] = ["*"],
  { paged = 500 }: { readonly paged?: number | false } = {},
): Promise<Entry[]> {
  const pages = paged === false ? [] : ["-E", `pr=${paged}/noprompt`];
  const shape = ["-LLL", "-o", "ldif-wrap=no", ...pages];
  const text = await run("ldapsearch", connection, [...shape, "-b", base, filter, ...attributes]);
  return text.split("\n\n").flatMap((block) => {
    const entry = entryOf(block.split("\n"));
    return entry === undefined ? [] : [entry];
  });
}

/** Records of change as LDIF (RFC 2849) has them. Throws what the server says. */
export async function ldapmodify(connection: Connection, ldif: string): Promise<void> {
  await run("ldapmodify", connection, [], ldif);
}

/** An entry with everything below it. */
export async function ldapdelete(connection: Connection, dn: string): Promise<void> {
  await run("ldapdelete", connection, ["-r", dn]);
}

/** Undefined for references and comments. */
function entryOf(lines: readonly string[]): Entry | undefined {
  const octets: Record<string, Buffer[]> = {};
  for (const line of lines) {
    const [, name, coded, value = ""] = /^([^:#\s]+):(:?) ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) (octets[name] ??= []).push(Buffer.from(value, coded === ":" ? "base64" : "utf8"));
  }
  const { dn, ...rest } = octets;
  if (dn?.[0] === undefined) return undefined;
  const texts = Object.entries(rest).map(([name, values]) => [name, values.map(String)]);
  return { dn: String(dn[0]), attributes: Object.fromEntries(texts) as Record<string, string[]>, octets: rest };
}
