/** What Graph finds of mail that came by IMAP: messages of a mailbox by their Message-ID, with categories. */
import { failed, nothing, ok, type Route } from "./said.ts";
import { routeOf } from "./table.ts";

export interface FoundMail {
  readonly route: Route;
  /** Categories of each message of a user, by its Message-ID. */
  categories(user: string, message: string): readonly string[] | undefined;
  /** Messages show only when they were asked for so often. */
  late(times: number): void;
}

/** `ids`: the Message-IDs of what is in a mailbox now. */
export function createFoundMail(known: (user: string) => ReadonlySet<string>): FoundMail {
  const set = new Map<string, readonly string[]>();
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
          return ok({ value: [{ id, categories: set.get(`${user} ${id}`) ?? [] }] });
        }
        return ok({ value: [] });
      },
    ],
    [
      "PATCH /users/*/messages/*",
      ({ body }, [, user = "", , id = ""]) => {
        const { categories } = body as { readonly categories?: readonly string[] };
        if (categories === undefined) return failed(400, "ErrorInvalidRequest", "nothing to change");
        set.set(`${user} ${id}`, categories);
        return { ...nothing, status: 200, body: { id, categories } };
      },
    ],
  ]);
  return {
    route,
    categories: (user, message) => set.get(`${user} ${Buffer.from(message).toString("base64url")}`),
    late: (times) => void (hidden = times),
  };
}
