import { accepts } from "./accepts.ts";

/** Documents of each kind, but for what is said. */
const documents = {
  account: { apiVersion: "reconcile/v1", kind: "Account", metadata: { name: "a@b.example" } },
  list: { apiVersion: "reconcile/v1", kind: "DistributionList", metadata: { name: "a@b.example" } },
} as const;

/** True where a manifest may say this value under this key of an account or a list; texts must be Unicode, for files are UTF-8. */
export function isSayable(kind: keyof typeof documents, key: string, value: unknown): boolean {
  return isUnicode(value) && accepts({ ...documents[kind], spec: { [key]: value } });
}

function isUnicode(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  return typeof value !== "object" || value === null || Object.values(value).every(isUnicode);
}
