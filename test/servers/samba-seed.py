"""samba-seed.py SMB_CONF PEOPLE LARGE: so many people of a company, and its groups, the largest with so many members, written straight into a provisioned database."""

import sys

from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB

PEOPLE, LARGE, WITH_PASSWORD = int(sys.argv[2]), int(sys.argv[3]), 20
DOMAIN = "ad.example.test"
PASSWORD = '"Passw0rd!User"'.encode("utf-16-le")
GIVEN = ["Anna", "Björn", "Дмитрий", "Éva", "美", "Fatima", 'Robert "Bob"', "小林"]
FAMILY = ["Müller", "O'Brien", "Doe, Jr.", "Иванов", "陳", "van der Berg", "Smith+Wesson", "Núñez", "#Hash", "Back\\slash", "A;B=C<D>"]


def opened(conf):
    lp = LoadParm()
    lp.load(conf)
    # Without this a write to the schema is refused.
    lp.set("dsdb:schema update allowed", "true")
    credentials = Credentials()
    credentials.guess(lp)
    return SamDB(session_info=system_session(), credentials=credentials, lp=lp)


def escaped(value):
    value = "".join("\\" + c if c in '\\,+"<>;=' else c for c in value)
    return "\\" + value if value.startswith("#") else value


def person(n):
    given, family = GIVEN[n % len(GIVEN)], FAMILY[(n // 3) % len(FAMILY)]
    login, left = f"u{n:05d}", n % 25 == 24
    place = "OU=Leavers" if left else "OU=People"
    proxies = [f"SMTP:{login}@example.test"] + [f"smtp:also{k}.{login}@example.test" for k in range(n % 3)]
    if n % 7 == 0:
        proxies.append(f"X500:/o=Example/ou=Exchange/cn=Recipients/cn={login}")
    if n % 11 == 0:
        proxies.append(f"sip:{login}@example.test")
    entry = {
        "dn": f"CN={escaped(f'{family} {given} {n}')},{place},OU=Company,{BASE}",
        "objectClass": "user",
        "sAMAccountName": login,
        "userPrincipalName": f"{login}@{DOMAIN}",
        "displayName": f"{family} {given} {n}",
        "givenName": given,
        "sn": family,
        "mail": f"{login}@example.test",
        "proxyAddresses": proxies,
        # NORMAL_ACCOUNT 512, with ACCOUNTDISABLE 2, PASSWD_NOTREQD 32.
        "userAccountControl": "514" if left else "512" if n < WITH_PASSWORD else "544",
    }
    if n < WITH_PASSWORD:
        entry["unicodePwd"] = PASSWORD
    return entry


def contact(n):
    address = f"c{n}@partner.test"
    return {
        "dn": f"CN=Contact {n},OU=Contacts,OU=Company,{BASE}",
        "objectClass": "contact",
        "displayName": f"Contact {n}",
        "mail": address,
        "proxyAddresses": [f"SMTP:{address}"],
    }


def group_dn(name):
    return f"CN={name},OU=Groups,OU=Company,{BASE}"


def group(name, members, kind="-2147483640", mail=True):
    """groupType: 8 is universal, the sign bit makes it one of security."""
    entry = {"dn": group_dn(name), "objectClass": "group", "sAMAccountName": name, "displayName": name.title(), "groupType": kind}
    if members:
        entry["member"] = members
    if mail:
        entry.update({"mail": f"{name}@example.test", "proxyAddresses": [f"SMTP:{name}@example.test", f"smtp:old-{name}@example.test"]})
    return entry


def seed(db):
    for unit in ["OU=Company", *(f"OU={name},OU=Company" for name in ["People", "Leavers", "Contacts", "Groups", "Service"])]:
        db.add({"dn": f"{unit},{BASE}", "objectClass": "organizationalUnit"})
    # 65536 is DONT_EXPIRE_PASSWORD. The password of the last one is to be changed at the first login.
    for login, more in [("reader", {"userAccountControl": "66048"}), ("locked", {"userAccountControl": "66050"}),
                        ("new", {"userAccountControl": "512", "pwdLastSet": "0"})]:
        db.add({"dn": f"CN={login},OU=Service,OU=Company,{BASE}", "objectClass": "user", "sAMAccountName": login,
                "userPrincipalName": f"{login}@{DOMAIN}", "unicodePwd": PASSWORD, **more})
    people = [person(n) for n in range(PEOPLE)]
    contacts = [contact(n) for n in range(20)]
    for entry in people + contacts:
        db.add(entry)
    names = [entry["dn"] for entry in people]
    db.add(group("large", names[:LARGE]))
    db.add(group("north", names[0:10]))
    db.add(group("south", names[5:15]))
    db.add(group("country", [group_dn("north"), group_dn("south"), contacts[1]["dn"]]))
    db.add(group("world", [group_dn("country"), names[20]], kind="8"))
    db.add(group("empty", []))
    db.add(group("without-mail", names[0:2], mail=False))
    # A circle.
    db.modify_ldif(f"dn: {group_dn('south')}\nchangetype: modify\nadd: member\nmember: {group_dn('world')}\n")


db = opened(sys.argv[1])
BASE = str(db.domain_dn())
db.transaction_start()
try:
    seed(db)
except BaseException:
    db.transaction_cancel()
    raise
db.transaction_commit()
