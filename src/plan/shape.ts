/** What a value must be: says where it is not, or nothing. */
export type Shape = (value: unknown, path: string) => string | undefined;

const is =
  (name: string, test: (value: unknown) => boolean): Shape =>
  (value, path) =>
    test(value) ? undefined : `${path} is not ${name}`;

export const anything: Shape = () => undefined;
export const text: Shape = is("a text", (value) => typeof value === "string");
export const flag: Shape = is("true or false", (value) => typeof value === "boolean");
export const count: Shape = is("a whole number", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const number: Shape = is("a number", (value) => typeof value === "number" && Number.isFinite(value));

export const matching = (pattern: RegExp, name: string): Shape =>
  is(name, (value) => typeof value === "string" && pattern.test(value));

export const oneOf = (...values: readonly unknown[]): Shape =>
  is(`one of ${values.join(", ")}`, (value) => values.includes(value));

export const listOf =
  (item: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? first(value.map((each, at) => () => item(each, `${path}[${at}]`))) : `${path} is not a list`;

export const mapOf =
  (item: Shape): Shape =>
  (value, path) =>
    isObject(value)
      ? first(
          Object.entries(value).map(
            ([key, each]) =>
              () =>
                item(each, `${path}.${key}`),
          ),
        )
      : `${path} is not a map`;

/** Exactly these keys; one that ends in `?` may be absent. */
export function object(shapes: Readonly<Record<string, Shape>>): Shape {
  const keys = Object.entries(shapes).map(([key, shape]) => ({
    key: key.replace(/\?$/, ""),
    shape,
    free: key.endsWith("?"),
  }));
  const known = new Set(keys.map(({ key }) => key));
  return (value, path) => {
    if (!isObject(value)) return `${path} is not a map`;
    const strange = Object.keys(value).find((key) => !known.has(key));
    if (strange !== undefined) return `${path}.${strange} is not known`;
    return first(
      keys.map(({ key, shape, free }) => () => {
        if (Object.hasOwn(value, key)) return shape(value[key], `${path}.${key}`);
        return free ? undefined : `${path}.${key} is missing`;
      }),
    );
  };
}

/** The shape that the value of one key asks for. */
export const choice =
  (key: string, shapes: Readonly<Record<string, Shape>>): Shape =>
  (value, path) => {
    const name = isObject(value) ? value[key] : undefined;
    const shape = typeof name === "string" && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    return shape === undefined ? `${path}.${key} is not one of ${Object.keys(shapes).join(", ")}` : shape(value, path);
  };

/** Fits when one of them does. */
export const either =
  (...shapes: readonly Shape[]): Shape =>
  (value, path) =>
    shapes.some((shape) => shape(value, path) === undefined) ? undefined : `${path} is not as it should be`;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
