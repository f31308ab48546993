/** What Graph finds of mail that came by IMAP: messages of a mailbox by their Message-ID, with categories. */
import type { Properties } from "./objects.ts";
import { failed, nothing, ok, type Route } from "./said.ts";
import { routeOf } from "./table.ts";

export interface FoundMail {
  readonly route: Route;
  /** Categories of each message of a user, by its Message-ID. */
  categories(user: string, message: string): readonly string[] | undefined;
  /** The flag of each message of a user, by its Message-ID. */
  flag(user: string, message: string): unknown;
  /** Messages show only when they were asked for so often. */
  late(times: number): void;
}

/** `ids`: the Message-IDs of what is in a mailbox now. */
export function createFoundMail(
  known: (user: string) => ReadonlySet<string>,
  flagged: (message: string) => boolean = () => false,
): FoundMail {
  const set = new Map<string, readonly string[]>();
  const flags = new Map<string, unknown>();
  let hidden = 0;
  const route = routeOf([
    [
      "GET /users/*/messages",
      ({ query }, [, user = ""]) => {
        const message =
          /^internetMessageId eq '(.*)'$/.exec(query.get("$filter") ?? "")?.[1]?.replaceAll("''", "'") ?? "";
        if (hidden > 0) hidden -= 1;
        else if (known(user).has(message)) {
          const id = Buffer.from(message).toString("base64url");
          const flag = flags.get(`${user} ${id}`) ?? { flagStatus: flagged(message) ? "flagged" : "notFlagged" };
          return ok({ value: [{ id, categories: set.get(`${user} ${id}`) ?? [], flag }] });
        }
        return ok({ value: [] });
      },
    ],
    [
      "PATCH /users/*/messages/*",
      ({ body }, [, user = "", , id = ""]) => {
        const { categories, flag } = body as { readonly categories?: readonly string[]; readonly flag?: Properties };
        if (categories === undefined && flag === undefined)
          return failed(400, "ErrorInvalidRequest", "nothing to change");
        if (flag?.["dueDateTime"] !== undefined && flag["startDateTime"] === undefined)
          return failed(400, "ErrorInvalidRequest", "a flag that is due must start");
        if (categories !== undefined) set.set(`${user} ${id}`, categories);
        if (flag !== undefined) flags.set(`${user} ${id}`, flag);
        return { ...nothing, status: 200, body: { id, ...(body as Properties) } };
      },
    ],
  ]);
  return {
    route,
    categories: (user, message) => set.get(`${user} ${Buffer.from(message).toString("base64url")}`),
    flag: (user, message) => flags.get(`${user} ${Buffer.from(message).toString("base64url")}`),
    late: (times) => void (hidden = times),
  };
}
