import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/index.js";
import type { gmail_v1 } from "googleapis/build/src/apis/gmail/index.js";
import type { groupssettings_v1 } from "googleapis/build/src/apis/groupssettings/index.js";

/** The APIs' clients, loaded when they are first used: the whole of googleapis takes seven times as long. */
export interface Apis {
  directory(): Promise<admin_directory_v1.Admin>;
  settings(): Promise<groupssettings_v1.Groupssettings>;
  gmail(): Promise<gmail_v1.Gmail>;
  /** Said with every upload: it goes to Google whatever its client was told. */
  readonly root: { readonly rootUrl?: string };
}

/** `apiUrl` stands in place of Google's hosts. */
export function createApis(apiUrl: string | undefined): Apis {
  const root = apiUrl === undefined ? {} : { rootUrl: apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/` };
  return {
    root,
    directory: once(async () => {
      const { admin } = await import("googleapis/build/src/apis/admin/index.js");
      return admin({ version: "directory_v1", ...root });
    }),
    settings: once(async () => {
      const { groupssettings } = await import("googleapis/build/src/apis/groupssettings/index.js");
      return groupssettings({ version: "v1", ...root });
    }),
    gmail: once(async () => {
      const { gmail } = await import("googleapis/build/src/apis/gmail/index.js");
      return gmail({ version: "v1", ...root });
    }),
  };
}

/** Does it the first time, and gives what came of it from then on. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
