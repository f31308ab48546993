/** Dovecot 2.3's configuration: one file that names nothing outside the server's folder. */
import type { CertificateFiles } from "./certificates.ts";
import type { DovecotOptions } from "./dovecot-options.ts";

interface Layout {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly certificates: CertificateFiles;
}

const namespaces = {
  slash: { separator: "/", prefix: "" },
  dot: { separator: ".", prefix: "" },
  "prefix-dot": { separator: ".", prefix: "INBOX." },
};

/** The mail's folder of a user below the server's. */
export const mailFolder = (format: DovecotOptions["format"]): string =>
  ({ maildir: "Maildir", mdbox: "mdbox", sdbox: "sdbox" })[format ?? "maildir"];

function location(folder: string, { format = "maildir", namespace }: DovecotOptions): string {
  const place = `${format}:${folder}/mail/%u/${mailFolder(format)}`;
  // Maildir++ puts its separator `.` into folders' names on disk, so that only LAYOUT=fs lets a name hold one.
  return format === "maildir" && namespace !== "prefix-dot" ? `${place}:LAYOUT=fs` : place;
}

function specialUse(use: DovecotOptions["specialUse"] = "named"): string {
  if (use === "none") return "";
  const auto = use === "created" ? "subscribe" : "no";
  const names = ["Drafts", "Sent", "Trash", "Junk", "Archive"];
  return names.map((name) => `  mailbox ${name} {\n    special_use = \\${name}\n    auto = ${auto}\n  }\n`).join("");
}

function capability({ capability, appendLimit }: DovecotOptions): string {
  // 2.3 enforces a largest message and does not tell it.
  const said = capability ?? (appendLimit === undefined ? "" : "+");
  if (said === "") return "";
  const limit = appendLimit === undefined ? "" : ` APPENDLIMIT=${appendLimit}`;
  return `  imap_capability = ${(said + limit).replace(/^\+ /, "+")}\n`;
}

const plugins = ({ acl, compress }: DovecotOptions) => ({
  mail: ["quota", ...(acl ? ["acl"] : []), ...(compress ? ["zlib"] : [])].join(" "),
  imap: ["imap_quota", ...(acl ? ["imap_acl"] : []), ...(compress ? ["imap_zlib"] : [])].join(" "),
});

/** A master user has no rights of its own; acl_user gives it the owner's. */
const aclLines = (acl: DovecotOptions["acl"]) =>
  acl ? `  acl = vfile\n${acl === "owner" ? "  acl_user = %u\n" : ""}` : "";

const tokens = (folder: string, { tokensAt }: DovecotOptions) =>
  tokensAt
    ? `passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${folder}/oauth2.conf\n}\n`
    : "";

/** The file that `tokens` names. */
export const oauthConfiguration = ({ tokensAt = "", tokensOpenAll = false }: DovecotOptions): string =>
  `introspection_mode = post
introspection_url = ${tokensAt}
force_introspection = yes
client_id = dovecot
client_secret = dovecot
username_attribute = username
${tokensOpenAll ? "username_format = application\n" : ""}active_attribute = active
active_value = true
`;

const base = ({ folder, certificates }: Layout, options: DovecotOptions) => `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
instance_name = ${folder.replaceAll("/", "-")}
protocols = imap
listen = 127.0.0.1
ssl = ${options.tls === false ? "no" : options.tlsRequired ? "required" : "yes"}
ssl_cert = <${certificates.certificate}
ssl_key = <${certificates.key}
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
mail_location = ${location(folder, options)}
mail_home = ${folder}/home/%u
mail_fsync = ${options.fsync ?? "never"}
mail_attribute_dict = file:%h/attributes
mail_plugins = ${plugins(options).mail}
auth_verbose = yes
disable_plaintext_auth = ${options.tlsRequired ? "yes" : "no"}
auth_mechanisms = plain login${options.tokensAt ? " xoauth2 oauthbearer" : ""}
auth_master_user_separator = *
auth_username_chars =
auth_failure_delay = 0
`;

const authentication = (folder: string, options: DovecotOptions) => `passdb {
  driver = passwd-file
  args = ${folder}/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
passdb {
  driver = passwd-file
  args = ${folder}/broken/%u
}
${tokens(folder, options)}userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
  default_fields = uid=mail gid=mail home=${folder}/home/%u
}
`;

const protocol = ({ folder }: Layout, options: DovecotOptions) => `protocol imap {
  mail_plugins = $mail_plugins ${plugins(options).imap}
  mail_max_userip_connections = ${options.maxConnections ?? 100}
  imap_metadata = yes
${capability(options)}${options.rawlog ? `  rawlog_dir = ${folder}/raw/%u\n` : ""}}
`;

function namespace({ namespace = "slash", specialUse: use }: DovecotOptions): string {
  const { separator, prefix } = namespaces[namespace];
  return `namespace inbox {
  inbox = yes
  separator = ${separator}
  prefix = ${prefix}
${specialUse(use)}}
`;
}

const plugin = ({ acl, quota, appendLimit, compress }: DovecotOptions) => `plugin {
${aclLines(acl)}${compress ? "  zlib_save = gz\n" : ""}  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=${quota ?? 0}
  quota_grace = 0
  quota_max_mail_size = ${appendLimit ?? 0}
}
`;

/** All logins come from one address: its penalty for the wrong passwords of one test would slow the others. */
const services = ({ port, tlsPort }: Layout) => `service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
  service_count = 0
}
service imap {
  process_limit = 300
}
service stats {
  client_limit = 2000
}
`;

export const dovecotConfiguration = (layout: Layout, options: DovecotOptions): string =>
  [
    base(layout, options),
    authentication(layout.folder, options),
    protocol(layout, options),
    namespace(options),
    plugin(options),
    services(layout),
    options.extra ?? "",
    "\n",
  ].join("");
