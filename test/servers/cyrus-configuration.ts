/** Cyrus 3.6's imapd.conf and cyrus.conf: nothing outside the server's folder is named. */
import type { CertificateFiles } from "./certificates.ts";
import type { CyrusOptions } from "./cyrus.ts";

interface Layout {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly certificates: CertificateFiles;
  /** Where its programs are. */
  readonly programs: string;
}

export const realm = "cyrus.test";

const namespaces = {
  slash: "altnamespace: yes\nunixhierarchysep: yes\n",
  "prefix-dot": "altnamespace: no\nunixhierarchysep: no\n",
};

const specialUse = ["Drafts", "Sent", "Trash", "Junk", "Archive"];

function createdFolders(options: CyrusOptions): string {
  if (options.specialUse !== "created") return "";
  const marks = specialUse.map((name) => `xlist-${name.toLowerCase()}: ${name}\n`).join("");
  const names = specialUse.join("|");
  return `${marks}autocreate_inbox_folders: ${names}\nautocreate_subscribe_folders: ${names}\n`;
}

/** A quota of 0 KB to be created switches the creation of INBOX at the first login on, and sets no limit. */
export const imapdConfiguration = ({ folder, certificates }: Layout, options: CyrusOptions): string =>
  `configdirectory: ${folder}/conf
proc_path: ${folder}/conf/proc
mboxname_lockpath: ${folder}/conf/lock
temp_path: ${folder}/run
defaultpartition: default
partition-default: ${folder}/spool
cyrus_user: mail
cyrus_group: mail
admins: ${options.admin?.user ?? "cyrus"}
proxyservers: ${options.proxy?.user ?? "proxy"}
servername: ${realm}
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${folder}/conf/sasldb2
sasl_mech_list: PLAIN LOGIN
allowplaintext: yes
tls_server_cert: ${certificates.certificate}
tls_server_key: ${certificates.key}
tls_client_ca_file: ${certificates.authority}
${namespaces[options.namespace ?? "slash"]}conversations: yes
autocreate_quota: ${Math.ceil((options.quota ?? 0) / 1024)}
${createdFolders(options)}expunge_mode: delayed
delete_mode: immediate
specialusealways: yes
annotation_allow_undefined: yes
maxmessagesize: ${options.appendLimit ?? 0}
quotawarn: 0
imapidlepoll: 1
failedloginpause: 0
${options.extra ?? ""}
`;

/** Each entry must be one line. */
export const masterConfiguration = ({ folder, port, tlsPort, programs }: Layout): string =>
  `START {
  recover cmd="${programs}/ctl_cyrusdb -C ${folder}/imapd.conf -r"
}
SERVICES {
  imap cmd="${programs}/imapd -C ${folder}/imapd.conf" listen="127.0.0.1:${port}" prefork=1 maxchild=200
  imaps cmd="${programs}/imapd -C ${folder}/imapd.conf -s" listen="127.0.0.1:${tlsPort}" prefork=0 maxchild=200
}
EVENTS {
  checkpoint cmd="${programs}/ctl_cyrusdb -C ${folder}/imapd.conf -c" period=30
}
`;
