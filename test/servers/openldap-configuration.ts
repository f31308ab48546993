/** slapd's configuration, and a schema with the mail attributes that Debian's packages lack. */
import type { CertificateFiles } from "./certificates.ts";
import type { OpenldapOptions } from "./openldap.ts";

export const suffix = "dc=example,dc=com";
export const admin = { dn: `cn=admin,${suffix}`, password: "secret" } as const;
/** Bound by the server's limits, as the root is not. */
export const reader = { dn: `cn=reader,${suffix}`, password: "readersecret" } as const;

/** By the names and numbers that qmail-ldap and Postfix's users know them by. */
export const mailSchema = `
attributetype ( 1.3.6.1.4.1.7914.1.2.1.4 NAME 'mailAlternateAddress' EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.8 NAME 'mailForwardingAddress' EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.14 NAME 'accountStatus' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.15 NAME 'deliveryMode' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.16 NAME 'mailQuotaSize' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.7914.1.2.1.7 NAME 'mailQuota' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.15347.2.102 NAME 'maildrop' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{1024} )
attributetype ( 1.3.6.1.4.1.15347.2.110 NAME 'mailacceptinggeneralid' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{1024} )
attributetype ( 1.3.6.1.4.1.15347.2.111 NAME 'recoveryAddress' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.7914.1.2.2.1 NAME 'qmailUser' SUP top AUXILIARY MAY ( mail $ uid $ mailAlternateAddress $ mailQuotaSize $ mailQuota $ mailForwardingAddress $ accountStatus $ deliveryMode $ recoveryAddress ) )
objectclass ( 1.3.6.1.4.1.15347.2.1 NAME 'postfixUser' SUP top AUXILIARY MAY ( mailacceptinggeneralid $ maildrop ) )
`;

const schemas = ["core", "cosine", "nis", "inetorgperson", "misc", "dyngroup"] as const;

const memberOf = {
  overlay: `overlay memberof
memberof-group-oc groupOfNames
memberof-refint TRUE`,
  dynlist: `overlay dynlist
dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames*`,
} as const;

const usualAccess = `access to attrs=userPassword by self write by anonymous auth by * none
access to * by dn.exact="${reader.dn}" read by users read by anonymous auth`;

interface Layout {
  readonly folder: string;
  readonly certificates: CertificateFiles;
  readonly client: CertificateFiles;
}

export function openldapConfiguration({ folder, certificates, client }: Layout, options: OpenldapOptions): string {
  const { limits = "", memberOf: how, extra = "", before = "", access = usualAccess } = options;
  const files = schemas.map((name) => `include /etc/ldap/schema/${name}.schema`).join("\n");
  return `${files}
include ${folder}/mail.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload dynlist
moduleload ppolicy
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
TLSCACertificateFile ${options.clientCertificates === true ? client.authority : certificates.authority}
TLSCertificateFile ${certificates.certificate}
TLSCertificateKeyFile ${certificates.key}
TLSVerifyClient ${options.clientCertificates === true ? "demand" : "never"}
authz-regexp "^cn=reconcile$" "${admin.dn}"
authz-regexp "gidNumber=0\\+uidNumber=0,cn=peercred,cn=external,cn=auth" "${admin.dn}"
${before}
database mdb
maxsize 1073741824
suffix "${suffix}"
rootdn "${admin.dn}"
rootpw ${admin.password}
directory ${folder}/db
dbnosync
index objectClass,entryUUID,uid,cn,mail,${options.schema === undefined ? "mailAlternateAddress," : ""}mailLocalAddress,member eq
${limits}
${how === undefined ? "" : memberOf[how]}
${extra}
${access}
`;
}
