import type { OwnerSight } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { type Admin, asGoogleFault } from "./admin.ts";
import { addressOfUser, users } from "./directory/users.ts";

/** Everybody with a mailbox; whose account is suspended or archived has mail that nobody may open. */
export async function* owners(admin: Admin, options: Options): AsyncGenerator<OwnerSight> {
  try {
    for await (const user of users(admin, options)) {
      if (user.isMailboxSetup === false) continue;
      const flaw = user.suspended === true ? "it is suspended" : user.archived === true ? "it is archived" : undefined;
      yield { user: addressOfUser(user), ...(flaw === undefined ? {} : { flaw }) };
    }
  } catch (thrown) {
    throw asGoogleFault(thrown, admin.name);
  }
}
