/** Samba 4.17's smb.conf: a domain controller of which nothing but LDAP is served, and nothing outside its folder named. */

export const domain = "ad.example.test";
export const base = "DC=ad,DC=example,DC=test";
export const administrator = { dn: `Administrator@${domain}`, password: "Passw0rd!Test" } as const;

/** What Debian's file systems may lack, extended attributes, is kept in a database. */
export const portable = "dfs_samba4 acl_xattr xattr_tdb";

interface Layout {
  readonly folder: string;
  /** Lines at the end. */
  readonly extra?: string;
}

/** A provisioned folder may be moved: this file alone says where it is. */
export const sambaConfiguration = ({ folder, extra = "" }: Layout): string =>
  `[global]
workgroup = EXAMPLE
realm = ${domain.toUpperCase()}
netbios name = DC1
server role = active directory domain controller
server services = ldap
interfaces = 127.0.0.1/8
bind interfaces only = yes
private dir = ${folder}/dc/private
state directory = ${folder}/dc/state
lock directory = ${folder}/dc/lock
cache directory = ${folder}/dc/cache
binddns dir = ${folder}/dc/bind-dns
pid directory = ${folder}/run
ncalrpc dir = ${folder}/run/ncalrpc
ntp signd socket directory = ${folder}/run/ntp
winbindd socket directory = ${folder}/run/winbind
log file = ${folder}/log
max log size = 0
log level = 1
vfs objects = ${portable}
ldb:nosync = true
tls enabled = yes
tls keyfile = ${folder}/server.key
tls certfile = ${folder}/server.pem
tls cafile = ${folder}/ca.pem
${extra}
`;
