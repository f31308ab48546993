/** How the stand-in for Graph answers. */
export interface Said {
  readonly status: number;
  readonly body?: unknown;
  readonly octets?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  /** Below the version, in parts, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly octets: Uint8Array;
}

/** Undefined for what is not its own. */
export type Route = (asked: Asked) => Said | undefined;

export const ok = (body: unknown, status = 200): Said => ({ status, body });
export const nothing: Said = { status: 204 };

export const failed = (status: number, code: string, message: string): Said => ({
  status,
  body: {
    error: { code, message, innerError: { date: "2026-11-28T12:00:00", "request-id": crypto.randomUUID() } },
  },
});

export const missing = (what: string): Said =>
  failed(
    404,
    "Request_ResourceNotFound",
    `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
  );

type Loose = Readonly<Record<string, unknown>>;

/** The properties that `$select` names, and what `$expand` asks for beside them. */
export function chosen(value: Loose, query: URLSearchParams): Loose {
  const select = query.get("$select");
  if (select === null) return value;
  const names = new Set([
    "id",
    "@odata.type",
    "@removed",
    ...select.split(","),
    (query.get("$expand") ?? "").split("(")[0],
  ]);
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)));
}

/** `property eq 'value'`, which is all that is asked for here. */
function filtered(all: readonly Loose[], query: URLSearchParams): readonly Loose[] {
  const filter = query.get("$filter");
  if (filter === null) return all;
  const parts = /^(\w+) eq '((?:[^']|'')*)'$/.exec(filter);
  if (parts === null) throw new Error(`the stand-in knows no filter ${filter}`);
  const [, property = "", value = ""] = parts;
  const wanted = value.replaceAll("''", "'").toLowerCase();
  return all.filter((each) => String(each[property] ?? "").toLowerCase() === wanted);
}

/** A page of a collection, with a link to the next. */
export function paged(all: readonly Loose[], { query, parts }: Asked, base: string, largest: number): Said {
  const skip = Number(query.get("$skiptoken") ?? 0);
  const size = Math.min(Number(query.get("$top") ?? 100), largest);
  const found = filtered(all, query);
  const page = found.slice(skip, skip + size).map((each) => chosen(each, query));
  const next = new URLSearchParams(query);
  next.set("$skiptoken", String(skip + size));
  const path = parts.map(encodeURIComponent).join("/");
  return ok({
    value: page,
    ...(skip + size < found.length && {
      "@odata.nextLink": `${base}/${path}?${next.toString().replaceAll("%24", "$")}`,
    }),
  });
}
