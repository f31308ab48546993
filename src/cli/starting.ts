import { Fault } from "../model/fault.ts";
import type { EndpointSpec } from "../model/spec.ts";

type SystemType = EndpointSpec["type"];
/** File name to its YAML. */
export type StartingFiles = Readonly<Record<string, string>>;

interface System {
  readonly holds: readonly ("directory" | "mail")[];
  /** Lines of its `spec`, with its path where it has one. */
  spec(role: Role): string;
}

type Role = "old" | "new";

const systems: { readonly [T in SystemType]: System } = {
  csv: {
    holds: ["directory"],
    spec: (role) => `  type: csv
  path: ../${role}-directory     # a folder with accounts.csv, lists.csv, members.csv, aliases.csv
`,
  },
  archive: {
    holds: ["mail"],
    spec: (role) => `  type: archive
  path: ../${role}-mail          # a folder with a sub-folder for each mailbox
  format: maildir          # maildir | mbox | eml
`,
  },
  imap: {
    holds: ["mail"],
    spec: (role) => `  type: imap
  host: imap.${role}.example   # port 993; the certificate is verified
  auth:
    method: master         # user | admin | master | oauth2: how every mailbox is opened
    user: migrator
    password: {env: ${role.toUpperCase()}_MASTER_PASSWORD}
  limits: {connections: 8}
`,
  },
  ldap: {
    holds: ["directory"],
    spec: (role) => `  type: ldap
  url: ldaps://ldap.${role}.example   # the certificate is verified; ldap:// begins TLS by StartTLS
  base: dc=example,dc=com
  bind: {dn: "cn=reconcile,dc=example,dc=com", password: {env: ${role.toUpperCase()}_LDAP_PASSWORD}}
`,
  },
  microsoft365: {
    holds: ["directory", "mail"],
    spec: (role) => `  type: microsoft365
  tenant: ${role}.onmicrosoft.com
  auth: {clientId: 00000000-0000-0000-0000-000000000000, clientSecret: {env: ${role.toUpperCase()}_CLIENT_SECRET}}
  usageLocation: DE        # where people are: no licence is given without it
`,
  },
  google: {
    holds: ["directory", "mail"],
    spec: (role) => `  type: google
  serviceAccount: {file: ../google-service-account.json}   # a key from the Cloud console, granted in the Admin console
  admin: admin@${role}.example   # on whose behalf the directory is read and written
`,
  },
  memory: {
    holds: ["directory", "mail"],
    spec: () => `  type: memory             # for trying things out: forgotten when the command ends
`,
  },
};

export const systemTypes = Object.keys(systems) as readonly SystemType[];

/** Throws `system.unknown` for a type that is none, and `system.unfit` where the two ends have nothing in common. */
export function startingFiles(from: readonly string[], to: readonly string[]): StartingFiles {
  const ends = { old: from.map(typeOf), new: to.map(typeOf) };
  const roles = { old: rolesOf("old", ends.old), new: rolesOf("new", ends.new) };
  const shared = (["directory", "mail"] as const).filter(
    (role) => roles.old[role] !== undefined && roles.new[role] !== undefined,
  );
  if (shared.length === 0) {
    const message = `${from.join(" and ")} and ${to.join(" and ")} hold nothing in common`;
    throw new Fault({
      code: "system.unfit",
      message,
      spoils: "run",
      remedy:
        "csv and ldap hold people, archive and imap hold mail, microsoft365 holds both; name them with --from csv --from archive",
    });
  }
  return {
    "endpoints.yaml": [...endpoints("old", ends.old), ...endpoints("new", ends.new)].join("---\n"),
    "migration.yaml": migration(roles),
    "people.yaml": roles.new.directory === undefined ? mailboxes : people,
  };
}

function typeOf(text: string): SystemType {
  const type = systemTypes.find((each) => each === text);
  if (type !== undefined) return type;
  const message = `There is no type of system ${JSON.stringify(text)}`;
  throw new Fault({ code: "system.unknown", message, spoils: "run", remedy: `name one of ${systemTypes.join(", ")}` });
}

type Roles = { readonly directory?: string; readonly mail?: string };

function rolesOf(role: Role, types: readonly SystemType[]): Roles {
  const holding = (what: "directory" | "mail") => {
    const type = types.find((each) => systems[each].holds.includes(what));
    return type === undefined ? {} : { [what]: `${role}-${type}` };
  };
  return { ...holding("directory"), ...holding("mail") };
}

function endpoints(role: Role, types: readonly SystemType[]): readonly string[] {
  return [...new Set(types)].map(
    (type) => `apiVersion: reconcile/v1
kind: Endpoint
metadata: {name: ${role}-${type}}
spec:
${systems[type].spec(role)}`,
  );
}

const side = ({ directory, mail }: Roles): string =>
  `{${[directory === undefined ? "" : `directory: ${directory}`, mail === undefined ? "" : `mail: ${mail}`].filter((part) => part !== "").join(", ")}}`;

const migration = (roles: Readonly<Record<Role, Roles>>): string => `# From where, to where, and how.
apiVersion: reconcile/v1
kind: Migration
metadata: {name: example}
spec:
  source: ${side(roles.old)}
  destination: ${side(roles.new)}
  mailboxes:
    mode: copy             # copy brings what is new; mirror also removes what it brought once it left the source
    folders:
      exclude: [Trash]
  safety:
    maxDeletes: {percent: 5, count: 20}
`;

const people = `# Who is to be there. What is not written is not managed.
apiVersion: reconcile/v1
kind: Domain
metadata: {name: example.com}
spec:
  accounts:
    ana: {displayName: Ana Ruiz, quota: 50GB, aliases: [a.ruiz]}
    bo:  {displayName: Bo Ek}
  lists:
    sales: {displayName: Sales, members: [ana, bo]}
`;

const mailboxes = `# Whose mail is to be copied; the name is the mailbox at the destination.
apiVersion: reconcile/v1
kind: Mailbox
metadata: {name: ana@example.com}
spec:
  source: {user: ana@example.com}
`;
