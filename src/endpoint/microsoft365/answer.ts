/** An object as JSON has it, whose fields nobody has looked at yet. */
export type Loose = Readonly<Record<string, unknown>>;

/** An answer of Graph, taken in whole. */
export interface Answered {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly octets: Uint8Array;
  /** What it says, as JSON; an empty object where it says nothing, or nothing of the kind. */
  readonly body: Loose;
}

export function answeredOf(status: number, headers: Answered["headers"], octets: Uint8Array): Answered {
  let body: Loose | undefined;
  return {
    status,
    headers,
    octets,
    get body() {
      body ??= objectOf(octets);
      return body;
    },
  };
}

function objectOf(octets: Uint8Array): Loose {
  try {
    return looseOf(JSON.parse(new TextDecoder().decode(octets)));
  } catch {
    return {};
  }
}

export const looseOf = (value: unknown): Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};

export const listOf = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(looseOf) : []);

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const isDone = ({ status }: Pick<Answered, "status">): boolean => status >= 200 && status < 300;

/** The code and the words of an error (`{error: {code, message}}`). */
export function errorOf({ body }: Pick<Answered, "body">): { readonly code: string; readonly message: string } {
  const error = looseOf(body["error"]);
  return { code: textOf(error["code"]) ?? "", message: textOf(error["message"]) ?? "" };
}
