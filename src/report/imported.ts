import { showCount } from "./number.ts";

/** What an import came to, in a sentence. */
export function importSummary(files: readonly { readonly before?: string }[], dry: boolean): string {
  const changed = files.filter(({ before }) => before !== undefined).length;
  const fresh = files.length - changed;
  if (files.length === 0) return "Nothing to write: the manifests say what the endpoint holds.\n";
  const parts = [
    ...(fresh === 0 ? [] : [`${showCount(fresh, "file")} written`]),
    ...(changed === 0 ? [] : [`${showCount(changed, "file")} changed`]),
  ];
  return `${dry ? "Dry run, nothing was written: " : ""}${parts.join(", ")}.\n`;
}
