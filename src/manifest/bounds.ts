/** What one reading of manifests may cost. A manifest beyond these is refused, never half read. */
export const bounds = {
  files: 20_000,
  /** Octets of one file, and of all together. */
  fileBytes: 8 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  /** Folders below the one that was named. */
  folderDepth: 32,
  documentsPerFile: 50_000,
  /** Collections inside collections, aliases followed. */
  depth: 64,
  /** Values of one document once its aliases and merge keys are expanded. */
  values: 1_000_000,
  /** UTF-16 units of one text. */
  textLength: 65_536,
  /** Problems told at once; the rest are counted. */
  problems: 500,
} as const;
