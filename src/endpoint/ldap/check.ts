import { ExtendedRequest, SearchRequest } from "ldapts";
import type { Options } from "../../contract/options.ts";
import { nearest } from "../../kind/nearest.ts";
import type { TakenHashes } from "../../kind/scheme.ts";
import { asFault, Fault } from "../../model/fault.ts";
import type { Finding, Severity } from "../../model/finding.ts";
import type { Directory } from "./directory.ts";
import { parseFilter } from "./filter.ts";
import type { Rights } from "./rights.ts";
import { pagesControl } from "./session.ts";

/** Says what the server is, as whom we are there, what is found and what would be in the way. Writes nothing; throws what spoils the endpoint. */
export async function* checkDirectory(
  directory: Directory,
  { hashes, rights }: { readonly hashes: TakenHashes; readonly rights: Rights },
  options: Options,
): AsyncGenerator<Finding> {
  const { session, flavour } = directory;
  const { entry, controls, extensions } = await session.root(options);
  const vendor = [entry.text("vendorName"), entry.text("vendorVersion")].filter((each) => each !== undefined).join(" ");
  const secured = { implicit: "over TLS", starttls: "over TLS (StartTLS)", none: "in the clear, on this machine" }[
    session.server.tls
  ];
  yield told(
    directory,
    "ldap.server",
    "info",
    `${session.server.name} answers ${secured}${vendor === "" ? "" : ` as ${vendor}`}; read as ${flavour.name}`,
  );
  yield await identity(directory, extensions, options);
  if (!controls.has(pagesControl))
    yield told(
      directory,
      "ldap.unpaged",
      "warning",
      "The server knows no pages: what its size limit cuts off cannot be read at all",
      "see to it that the login has no size limit",
    );
  yield* await attributes(directory, options);
  yield* await bases(directory, options);
  yield told(directory, "ldap.passwords", "info", sayHashes(hashes));
  yield* rightsOf(directory, rights);
}

/** A check writes nothing, and few servers tell it beforehand. */
function rightsOf(directory: Directory, rights: Rights): readonly Finding[] {
  const all = Object.entries(rights) as readonly (readonly [string, NonNullable<Rights["account"]>])[];
  if (all.length === 0)
    return [told(directory, "ldap.rights", "info", "Whether the login may write is seen only when it writes")];
  return all.map(([kind, { may, base }]) =>
    told(directory, "ldap.rights", "info", `The login may ${may ? "" : "not "}make ${kind}s below ${base}`),
  );
}

const sayHashes = (hashes: TakenHashes): string =>
  hashes === "any" || hashes.size > 0
    ? `Password hashes are taken of the schemes ${[...hashes].join(", ")}`
    : "Passwords are taken in clear, over TLS, and no hashes of them";

function told({ session }: Directory, code: string, severity: Severity, message: string, remedy?: string): Finding {
  return { code, severity, about: session.server.about, message, ...(remedy === undefined ? {} : { remedy }) };
}

const whoAmI = "1.3.6.1.4.1.4203.1.11.3";

/** As whom the server takes us (RFC 4532). */
async function identity(directory: Directory, extensions: ReadonlySet<string>, options: Options): Promise<Finding> {
  const { session, spec } = directory;
  const named =
    spec.bind === undefined ? "nobody in particular" : "dn" in spec.bind ? spec.bind.dn : "what the line says of us";
  if (!extensions.has(whoAmI)) return told(directory, "ldap.login", "info", `Logged in as ${named}`);
  const { code, value } = await session.ask(new ExtendedRequest({ messageId: 0, oid: whoAmI }), options);
  const is = value?.toString("utf8").replace(/^dn:/, "") ?? "";
  if (code !== 0 || is !== "") return told(directory, "ldap.login", "info", `Logged in as ${code === 0 ? is : named}`);
  const asked = spec.bind !== undefined;
  return told(
    directory,
    "ldap.login",
    asked ? "error" : "warning",
    asked
      ? `The server takes ${named} for nobody`
      : "Logged in as nobody: many directories show little, or less than all, to nobody",
    asked ? "look how the server maps the name (OpenLDAP: authz-regexp)" : "write `bind`",
  );
}

/** Attributes that the manifest names, and the schema lacks. */
async function attributes(directory: Directory, options: Options): Promise<readonly Finding[]> {
  const { spec } = directory;
  const schema = await directory.schema(options);
  if (schema === undefined)
    return [
      told(
        directory,
        "schema.hidden",
        "warning",
        "The server does not show its schema: what it cannot hold is only found when it is written",
        "let the login read the subschema",
      ),
    ];
  const parts = { accounts: spec.accounts, lists: spec.lists, aliases: spec.aliases } as const;
  return Object.entries(parts).flatMap(([kind, part]) => [
    ...Object.entries((part?.attributes ?? {}) as Readonly<Record<string, string>>).flatMap(([field, attribute]) => {
      if (schema.attribute(attribute.split(";")[0] ?? "") !== undefined) return [];
      const meant = nearest(attribute, schema.names());
      return [
        told(
          directory,
          "schema.unfit",
          "error",
          `${kind}.attributes.${field}: the schema has no attribute ${attribute}`,
          meant === undefined ? "map the field to an attribute that it has" : `did you mean ${meant}?`,
        ),
      ];
    }),
    ...(part?.objectClasses ?? []).flatMap((each) =>
      schema.class(each) === undefined
        ? [
            told(
              directory,
              "schema.unfit",
              "error",
              `${kind}.objectClasses: the schema has no class ${each}`,
              "name a class that it has",
            ),
          ]
        : [],
    ),
  ]);
}

/** Where accounts and lists are looked for: whether that is there, and how many a search without pages shows before a limit ends it. */
async function bases(directory: Directory, options: Options): Promise<readonly Finding[]> {
  const { spec, flavour, base } = directory;
  const found: Finding[] = [];
  for (const [kind, part, filter] of [
    ["accounts", spec.accounts, flavour.accounts.filter],
    ["lists", spec.lists, flavour.lists.filter],
  ] as const)
    found.push(await oneBase(directory, kind, part?.base ?? base, part?.filter ?? filter, options));
  return found;
}

async function oneBase(
  directory: Directory,
  kind: string,
  base: string,
  filter: string,
  options: Options,
): Promise<Finding> {
  const { session } = directory;
  try {
    const all = await session.search(
      { base, filter: parseFilter(filter), attributes: ["1.1"], what: `Counting ${kind}` },
      () => true,
      options,
    );
    const limit = await limitAt(directory, base, all.length, options);
    const rights =
      limit === undefined
        ? ""
        : `; without pages a limit of the server would end it at ${limit.toLocaleString("en-US")}`;
    return told(
      directory,
      "ldap.entries",
      "info",
      `${all.length.toLocaleString("en-US")} entries for ${kind} below ${base === "" ? "the root" : base}${rights}`,
    );
  } catch (thrown) {
    if (thrown instanceof SyntaxError)
      return told(
        directory,
        "filter.invalid",
        "error",
        `The filter of ${kind} cannot be read: ${thrown.message}`,
        "correct it",
      );
    const { code, message, remedy, spoils } = asFault(thrown, { code: "ldap.unread", spoils: "endpoint" });
    if (!(thrown instanceof Fault) || spoils === "run" || code === "line.lost" || code === "server.unreachable")
      throw thrown;
    return told(directory, code, "error", message, remedy);
  }
}

/** How many come where no pages are asked for; undefined where all do. */
async function limitAt(
  { session }: Directory,
  base: string,
  count: number,
  options: Options,
): Promise<number | undefined> {
  let came = 0;
  const request = new SearchRequest({
    messageId: 0,
    baseDN: base,
    filter: parseFilter("(objectClass=*)"),
    attributes: ["1.1"],
    timeLimit: 0,
  });
  const { code } = await session.ask(request, options, { entry: () => (came += 1) });
  return code === 4 && came < count ? came : undefined;
}
