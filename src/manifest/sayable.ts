import { schemas } from "./schema.ts";

/** The schema of what is said of each kind. */
const files = { account: "account", list: "distributionlist" } as const;

/** True where a manifest may say this value under this key of an account or a list; texts must be Unicode, for files are UTF-8. */
export function isSayable(kind: keyof typeof files, key: string, value: unknown): boolean {
  const { named, check } = schemas();
  const schema = named(files[kind]).properties?.[key];
  return schema !== undefined && isUnicode(value) && check(schema)(value);
}

function isUnicode(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  return typeof value !== "object" || value === null || Object.values(value).every(isUnicode);
}
