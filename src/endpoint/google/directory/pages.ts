import { interrupted } from "../../../model/fault.ts";
import type { Options } from "../../../contract/options.ts";

interface Paged {
  readonly nextPageToken?: string | null;
}

/** Every page, in order. */
export async function* pagesOf<T extends Paged>(
  page: (token: { readonly pageToken?: string }) => Promise<{ readonly data: T }>,
  { signal }: Options,
): AsyncGenerator<T> {
  for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
    if (signal.aborted) throw interrupted();
    const { data } = await page(next === undefined ? {} : { pageToken: next });
    yield data;
    next = data.nextPageToken ?? undefined;
    if (next === "") next = undefined;
  }
}
