import { Fault } from "../../../model/fault.ts";
import { recoveryEmail, status, text } from "../form.ts";
import { named } from "../named.ts";
import type { Profile } from "../table.ts";

/**
 * Users of one domain for the admin panel of Mithi SkyConnect. Columns:
 * https://docs.mithi.com/home/how-to-provision-users-and-update-user-properties-in-bulk-using-the-skyconnect-admin-panel; at most 100
 * users a file: https://helpcenter.mithi.com/support/solutions/articles/48001229414. A username is the local part: the domain is
 * chosen in the panel.
 */
export function skyconnect(domain: string | undefined): Profile {
  if (domain === undefined) throw noDomain();
  const joined = { separator: "**", ...named(domain) };
  return {
    joined: {
      list: { kind: "list", field: "members", column: "memberof", ...joined },
      alias: { kind: "alias", field: "target", column: "mithialias", ...joined },
    },
    tables: {
      account: {
        kind: "account",
        file: "users.csv",
        key: "username",
        ...named(domain, "local"),
        forms: [
          text("displayName", "displayname"),
          text("givenName", "firstname"),
          text("familyName", "lastname"),
          status("enabled", "accountstatus", ["enabled", "disabled"]),
          text("class", "classofservice"),
          recoveryEmail("alternateemailaddress"),
        ],
        columns: [
          "username",
          "firstname",
          "lastname",
          "displayname",
          "mithialias",
          "alternateemailaddress",
          "classofservice",
          "accountstatus",
          "memberof",
        ],
        password: { column: "password", always: false },
        rowsPerFile: 100,
        needs: ["class"],
        parts: { recovery: ["email"] },
      },
    },
  };
}

function noDomain(): Fault {
  return new Fault({
    code: "csv.domain",
    message: "Rows of the profile skyconnect are user names of one domain, and it is not said which",
    spoils: "endpoint",
    remedy: "write domain: beside profile: skyconnect, an endpoint for each domain",
  });
}
