/**
 * Courier's paths are compiled in. It runs in a mount namespace of its own, where its unpacked package lies over /usr, and
 * the server's folder over /etc and /run; outside, nothing changes.
 */
import type { CourierOptions } from "./courier.ts";
import { unpackedAt } from "./packages.ts";

interface Layout {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  /** Certificate and key in one PEM file. */
  readonly certificate: string;
}

const capability = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE";

/** What Courier's own start script would read from /etc/courier/imapd and imapd-ssl. */
const environment = ({ certificate }: Layout, options: CourierOptions): Readonly<Record<string, string | number>> => ({
  PATH: "/usr/sbin:/usr/bin",
  IMAP_CAPABILITY: options.capability ?? capability,
  IMAP_CAPABILITY_TLS: `${options.capability ?? capability} AUTH=PLAIN`,
  IMAP_KEYWORDS: 1,
  IMAP_ACL: 1,
  // Seconds between its looks while a client idles: there is no FAM here that would tell it.
  IMAP_IDLE_TIMEOUT: 1,
  IMAP_MAILBOX_SANITY_CHECK: 1,
  IMAP_OBSOLETE_CLIENT: 0,
  IMAP_USELOCKS: 1,
  IMAP_UMASK: "022",
  IMAP_TRASHFOLDERNAME: "Trash",
  IMAP_EMPTYTRASH: "",
  IMAP_MOVE_EXPUNGE_TO_TRASH: 0,
  IMAP_SHAREDINDEXFILE: "/etc/courier/shared/index",
  IMAP_TLS_REQUIRED: options.tlsRequired ? 1 : 0,
  MAILDIRPATH: "Maildir",
  SENDMAIL: "/bin/false",
  COURIERTLS: "/usr/bin/couriertls",
  TLS_CERTFILE: certificate,
  TLS_VERIFYPEER: "NONE",
});

/** authdaemond reads this file and no environment. */
export const authdaemonConfiguration = `authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
LOGGEROPTS=""
`;

/** Writes userdb.dat; inside the namespace. */
export const makeUserdb = "/usr/sbin/makeuserdb";

export function courierScript(layout: Layout, options: CourierOptions): string {
  const { folder, port, tlsPort } = layout;
  const exports = Object.entries(environment(layout, options)).map(([name, value]) => `export ${name}='${value}'`);
  const listen = `couriertcpd -address=127.0.0.1 -maxprocs=200 -maxperip=${options.maxPerAddress ?? 100} -nodnslookup -noidentlookup`;
  const login = "/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir";
  return `set -e
mount -t overlay -o ro,lowerdir=${unpackedAt("courier")}/usr:/usr overlay /usr
mount -t overlay -o ro,lowerdir=${folder}/etc:/etc overlay /etc
mount --bind ${folder}/etc/courier /etc/courier
mount --bind ${folder}/run /run
${exports.join("\n")}
${makeUserdb}
rm -f /run/courier/authdaemon/*
/usr/lib/courier/courier-authlib/authdaemond &
until [ -S /run/courier/authdaemon/socket ]; do sleep 0.01; done
echo $$ >${folder}/pid
IMAP_STARTTLS=YES ${listen} ${port} ${login} &
IMAP_STARTTLS=NO ${listen} ${tlsPort} /usr/bin/couriertls -server -tcpd ${login} &
wait
`;
}
