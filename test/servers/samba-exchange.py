"""samba-exchange.py SMB_CONF: extends the schema by some of the attributes that Exchange brings, and fills in a few."""

import sys

from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB

# Name, OID, syntax, oMSyntax, single value, and the link where it is one, which follows its aim (MS-ADTS 3.1.1.2.2.2 has the syntaxes).
TEXT, FLAG, NAME, LONG = ("2.5.5.12", "64"), ("2.5.5.8", "1"), ("2.5.5.1", "127"), ("2.5.5.16", "65")
ATTRIBUTES = [
    ("targetAddress", "1.2.840.113556.1.2.352", TEXT, True),
    ("mailNickname", "1.2.840.113556.1.2.447", TEXT, True),
    ("altRecipient", "1.2.840.113556.1.2.126", NAME, True, 126),
    ("deliverAndRedirect", "1.2.840.113556.1.2.190", FLAG, True),
    ("authOrig", "1.2.840.113556.1.2.129", NAME, False, 110),
    ("dLMemSubmitPerms", "1.2.840.113556.1.2.144", NAME, False, 112),
    ("msExchHideFromAddressLists", "1.2.840.113556.1.4.7000.102.73", FLAG, True),
    ("msExchRecipientTypeDetails", "1.2.840.113556.1.4.7000.102.50855", LONG, True),
]
REFRESH = "dn: \nchangetype: modify\nreplace: schemaUpdateNow\nschemaUpdateNow: 1\n"


def opened(conf):
    lp = LoadParm()
    lp.load(conf)
    lp.set("dsdb:schema update allowed", "true")
    credentials = Credentials()
    credentials.guess(lp)
    return SamDB(session_info=system_session(), credentials=credentials, lp=lp)


def extend(db):
    schema = str(db.get_schema_basedn())
    for name, oid, (syntax, om_syntax), single, *link in ATTRIBUTES:
        entry = {"dn": f"CN={name},{schema}", "objectClass": "attributeSchema", "attributeID": oid, "lDAPDisplayName": name,
                 "attributeSyntax": syntax, "oMSyntax": om_syntax, "isSingleValued": "TRUE" if single else "FALSE"}
        if om_syntax == "127":
            entry["oMObjectClass"] = b"\x2b\x0c\x02\x87\x73\x1c\x00\x85\x4a"
        if link:
            entry["linkID"] = str(link[0])
        db.add(entry)
    db.modify_ldif(REFRESH)
    # mailRecipient is an auxiliary class of users, groups and contacts.
    may = "".join(f"mayContain: {name}\n" for name, *_ in ATTRIBUTES)
    db.modify_ldif(f"dn: CN=Mail-Recipient,{schema}\nchangetype: modify\nadd: mayContain\n{may}")
    db.modify_ldif(REFRESH)


def fill(db, base):
    company = f"OU=Company,{base}"
    for entry in db.search(company, expression="(|(objectClass=group)(sAMAccountName=u0000*))", attrs=["sAMAccountName"]):
        name = str(entry["sAMAccountName"])
        db.modify_ldif(f"dn:: {encoded(entry.dn)}\nchangetype: modify\nadd: mailNickname\nmailNickname: {name}\n")
    for name in ["large", "north"]:
        hidden = "TRUE" if name == "large" else "FALSE"
        dn = f"CN={name},OU=Groups,{company}"
        db.modify_ldif(f"dn: {dn}\nchangetype: modify\nadd: msExchHideFromAddressLists\nmsExchHideFromAddressLists: {hidden}\n")


def encoded(dn):
    import base64
    return base64.b64encode(str(dn).encode()).decode()


extend(opened(sys.argv[1]))
db = opened(sys.argv[1])
fill(db, str(db.domain_dn()))
