/** The admin API of Exchange Online at the stand-in: recipients are those that Graph's objects say, and lists that only it can write. */
import { lower, type Properties, type TenantObjects } from "./objects.ts";
import { type Asked, failed, ok, type Route, type Said } from "./said.ts";

export interface FakeExchange {
  readonly route: Route;
  /** Cmdlets that were run, as `NAME Identity`. */
  readonly ran: readonly string[];
  /** Mailboxes' settings beside what Graph has, by their user's id. */
  readonly mailboxes: ReadonlyMap<string, Properties>;
  /** Names of who has a right (`FullAccess`, `SendAs`, `SendOnBehalf`) to somebody's mailbox. */
  rightsTo(user: string, right: string): readonly string[];
  /** Gives a right behind everybody's back. */
  grant(user: string, right: string, whom: string): void;
}

interface Input {
  readonly CmdletName: string;
  readonly Parameters: Properties;
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined || value === "" ? [] : [String(value)];

const isLicensed = (user: Properties): boolean => (user["assignedLicenses"] as readonly unknown[]).length > 0;

const primary = (object: Properties): string => String(object["mail"] ?? object["userPrincipalName"]);

const proxies = (object: Properties): readonly string[] => textsOf(object["proxyAddresses"]);

const addresses = (object: Properties): readonly string[] =>
  [primary(object), String(object["userPrincipalName"] ?? ""), ...proxies(object).map((each) => each.slice(5))]
    .filter((each) => each !== "")
    .map(lower);

const isUnified = (group: Properties): boolean => textsOf(group["groupTypes"]).includes("Unified");

const groupTypeOf = (object: Properties): string => {
  if (!("groupTypes" in object)) return "MailContact";
  return isUnified(object) ? "GroupMailbox" : "MailUniversalDistributionGroup";
};

const gone = (identity: unknown): Said =>
  failed(
    404,
    "NotFound",
    `Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object '${String(identity)}' couldn't be found.`,
  );
const taken = (address: string): Said =>
  failed(
    400,
    "BadRequest",
    `Ex8F8A0F|Microsoft.Exchange.Management.Tasks.ProxyAddressExistsException|The proxy address "SMTP:${address}" is already being used by the proxy addresses or LegacyExchangeDN.`,
  );

/** `page`: rows of one answer. */
export function createExchange(objects: TenantObjects, tenant: string, url: () => string, page = 50): FakeExchange {
  const { users, groups, contacts, people } = objects;
  const mailboxes = new Map<string, Properties>();
  const listSettings = new Map<string, Properties>();
  const ran: string[] = [];
  /** Who has which right to a mailbox, by `RIGHT id`. */
  const rights = new Map<string, Set<string>>();

  /** What was made another than a person's own is a mailbox without a licence, too. */
  const typeOf = (object: Properties): string =>
    "userPrincipalName" in object
      ? `${String(mailboxes.get(String(object["id"]))?.["type"] ?? "User")}Mailbox`
      : groupTypeOf(object);
  const isMailbox = (user: Properties): boolean => isLicensed(user) || typeOf(user) !== "UserMailbox";

  const everything = (): readonly Properties[] => [
    ...users.all().filter(isMailbox),
    ...groups.all().filter((group) => group["mailEnabled"] === true),
    ...contacts.values(),
  ];

  const find = (identity: unknown): Properties | undefined =>
    everything().find((each) => lower(each["id"]) === lower(identity) || addresses(each).includes(lower(identity)));

  function save(object: Properties): void {
    const id = String(object["id"]);
    if (users.get(id) !== undefined) users.set(id, object);
    else if (groups.get(id) !== undefined) groups.set(id, object);
    else contacts.set(id, object);
  }

  const recipient = (object: Properties): Properties => ({
    PrimarySmtpAddress: primary(object),
    RecipientTypeDetails: typeOf(object),
    ExternalDirectoryObjectId: object["id"],
    Name: `${primary(object).split("@")[0]}-${String(object["id"]).slice(0, 6)}`,
    EmailAddresses: [`SMTP:${primary(object)}`, ...proxies(object).filter((each) => each.startsWith("smtp:"))],
    HiddenFromAddressListsEnabled: listSettings.get(String(object["id"]))?.["hidden"] === true,
  });

  const list = (group: Properties): Properties => {
    const { senders = [], hidden = false } = listSettings.get(String(group["id"])) ?? {};
    return {
      ...recipient(group),
      DisplayName: group["displayName"],
      ManagedBy: [...(people.get(`owners ${String(group["id"])}`) ?? [])].map((id) =>
        String(recipient(users.get(id) ?? {})["Name"]),
      ),
      AcceptMessagesOnlyFromSendersOrMembers: senders,
      HiddenFromAddressListsEnabled: hidden,
    };
  };

  const done = ok({ value: [] });

  /** Sets addresses by a hash table of what comes and goes, as the module encodes it. */
  function addressed(object: Properties, value: unknown): Said | undefined {
    const { "@odata.type": type, add, remove } = value as Properties;
    if (type !== "#Exchange.GenericHashTable")
      return failed(400, "BadRequest", "Cannot convert value to type MultiValuedProperty.");
    const own = String(object["id"]);
    for (const each of textsOf(add)) {
      const address = each.replace(/^smtp:/i, "");
      const other = [...users.all(), ...groups.all(), ...contacts.values()].find((one) =>
        addresses(one).includes(lower(address)),
      );
      if (other !== undefined && other["id"] !== own) return taken(address);
    }
    const removed = new Set(textsOf(remove).map(lower));
    const kept = proxies(object).filter((each) => !removed.has(lower(each)));
    save({
      ...object,
      proxyAddresses: [
        ...new Set([...kept, ...textsOf(add).filter((each) => !proxies(object).map(lower).includes(lower(each)))]),
      ],
    });
    return undefined;
  }

  function setMailbox({
    Identity,
    EmailAddresses,
    ForwardingSmtpAddress,
    DeliverToMailboxAndForward,
    Type,
    GrantSendOnBehalfTo,
  }: Properties): Said {
    const user = mailboxOf(Identity);
    if (user === undefined) return gone(Identity);
    const refused = EmailAddresses === undefined ? undefined : addressed(user, EmailAddresses);
    const id = String(user["id"]);
    const set = (more: Properties) => mailboxes.set(id, { ...mailboxes.get(id), ...more });
    if (ForwardingSmtpAddress !== undefined)
      set({ to: ForwardingSmtpAddress, keep: DeliverToMailboxAndForward === true });
    if (Type !== undefined) {
      if (!["Regular", "Shared", "Room", "Equipment"].includes(String(Type)))
        return failed(400, "BadRequest", `Cannot process argument transformation on parameter 'Type': ${String(Type)}`);
      set({ type: Type === "Regular" ? "User" : Type });
    }
    return refused ?? (GrantSendOnBehalfTo === undefined ? done : behalf(id, GrantSendOnBehalfTo as Properties));
  }

  const holdersOf = (id: string, right: string): Set<string> => {
    const holders = rights.get(`${right} ${id}`) ?? new Set();
    rights.set(`${right} ${id}`, holders);
    return holders;
  };

  function behalf(id: string, { "@odata.type": type, add, remove }: Properties): Said {
    if (type !== "#Exchange.GenericHashTable")
      return failed(400, "BadRequest", "Cannot convert value to type MultiValuedProperty.");
    const [come, go] = [idsOf(textsOf(add)), idsOf(textsOf(remove))];
    if (!Array.isArray(come) || !Array.isArray(go)) return (Array.isArray(come) ? go : come) as Said;
    for (const each of go as readonly string[]) holdersOf(id, "SendOnBehalf").delete(each);
    for (const each of come as readonly string[]) holdersOf(id, "SendOnBehalf").add(each);
    return done;
  }

  const mailboxOf = (identity: unknown): Properties | undefined =>
    users
      .all()
      .find(
        (each) =>
          isMailbox(each) && (lower(each["id"]) === lower(identity) || addresses(each).includes(lower(identity))),
      );

  /** Adds a right, or takes it away; who has it is said by a parameter of this name. */
  const onRight =
    (act: "add" | "delete", who: string, right: string, prompts: boolean) =>
    (given: Properties): Said => {
      const user = mailboxOf(given["Identity"]);
      if (user === undefined) return gone(given["Identity"]);
      if (prompts && given["Confirm"] !== false)
        return failed(400, "BadRequest", "A command that prompts the user failed because of no user interaction.");
      if (given["AccessRights"] !== right) return failed(400, "BadRequest", "Cannot bind parameter 'AccessRights'.");
      const ids = idsOf(textsOf(given[who]));
      if (!Array.isArray(ids)) return ids as Said;
      for (const id of ids as readonly string[]) holdersOf(String(user["id"]), right)[act](id);
      return done;
    };

  const whoIs = (id: string): Properties => users.get(id) ?? groups.get(id) ?? {};

  /** Rows of a mailbox's rights, with those that every mailbox has. */
  const rightRows =
    (who: string, right: string, rowOf: (name: unknown) => Properties) =>
    (given: Properties): Said => {
      const user = mailboxOf(given["Identity"]);
      if (user === undefined) return gone(given["Identity"]);
      const holders = [...holdersOf(String(user["id"]), right)].map((id) => whoIs(id));
      const names = ["NT AUTHORITY\\SELF", ...holders.map((each) => each["userPrincipalName"] ?? each["mail"])];
      return ok({ value: names.map((name) => ({ Identity: user["displayName"], [who]: name, ...rowOf(name) })) });
    };

  function idsOf(names: readonly string[]): readonly string[] | Said {
    const found = names.map((name) => find(name)?.["id"] ?? gone(name));
    const bad = found.find((each) => typeof each === "object");
    return bad === undefined ? found.map(String) : (bad as Said);
  }

  function applyTo(group: Properties, given: Properties): Said | undefined {
    const id = String(group["id"]);
    for (const [parameter, whose] of [
      ["Members", "members"],
      ["ManagedBy", "owners"],
    ] as const) {
      if (given[parameter] === undefined) continue;
      const ids = idsOf(textsOf(given[parameter]));
      if (!Array.isArray(ids)) return ids as Said;
      people.set(`${whose} ${id}`, new Set(ids as readonly string[]));
    }
    const before = listSettings.get(id) ?? {};
    listSettings.set(id, {
      senders: given["AcceptMessagesOnlyFromSendersOrMembers"] ?? before["senders"] ?? [],
      hidden: given["HiddenFromAddressListsEnabled"] ?? before["hidden"] ?? false,
    });
    const { DisplayName: displayName, PrimarySmtpAddress: mail } = given;
    save({ ...group, ...(displayName !== undefined && { displayName }), ...(mail !== undefined && { mail }) });
    return undefined;
  }

  function newList(given: Properties): Said {
    const address = String(given["PrimarySmtpAddress"]);
    if ([...users.all(), ...everything()].some((each) => addresses(each).includes(lower(address))))
      return taken(address);
    const wanted = idsOf([...textsOf(given["Members"]), ...textsOf(given["ManagedBy"])]);
    if (!Array.isArray(wanted)) return wanted as Said;
    const id = objects.newId();
    groups.set(id, {
      id,
      mail: address,
      mailNickname: given["Alias"],
      mailEnabled: true,
      securityEnabled: false,
      groupTypes: [],
      proxyAddresses: [],
      displayName: given["DisplayName"],
    });
    return applyTo(groups.get(id) ?? {}, given) ?? ok({ value: [list(groups.get(id) ?? {})] });
  }

  const listOf = (identity: unknown): Properties | undefined => {
    const found = find(identity);
    return found !== undefined && "groupTypes" in found && !isUnified(found) ? found : undefined;
  };

  const onList =
    (act: (group: Properties, given: Properties) => Said | undefined) =>
    (given: Properties): Said => {
      const group = listOf(given["Identity"]);
      return group === undefined ? gone(given["Identity"]) : (act(group, given) ?? done);
    };

  const cmdlets: Readonly<Record<string, (given: Properties) => Said>> = {
    "Get-Recipient": () => ok({ value: everything().map(recipient) }),
    "Get-Mailbox": () =>
      ok({
        value: users
          .all()
          .filter(isMailbox)
          .map((user) => ({
            ...recipient(user),
            UserPrincipalName: user["userPrincipalName"],
            GrantSendOnBehalfTo: [...holdersOf(String(user["id"]), "SendOnBehalf")].map((id) =>
              String(recipient(whoIs(id))["Name"]),
            ),
            ForwardingSmtpAddress: mailboxes.get(String(user["id"]))?.["to"] ?? null,
            DeliverToMailboxAndForward: mailboxes.get(String(user["id"]))?.["keep"] ?? false,
          })),
      }),
    "Get-DistributionGroup": () =>
      ok({
        value: groups
          .all()
          .filter((group) => group["mailEnabled"] === true && !isUnified(group))
          .map(list),
      }),
    "Get-DistributionGroupMember": onList((group) =>
      ok({
        value: [...(people.get(`members ${String(group["id"])}`) ?? [])].flatMap((id) => {
          const who = users.get(id) ?? groups.get(id) ?? contacts.get(id);
          return who === undefined ? [] : [recipient(who)];
        }),
      }),
    ),
    "Set-Mailbox": setMailbox,
    "Get-MailboxPermission": rightRows("User", "FullAccess", () => ({
      AccessRights: ["FullAccess"],
      IsInherited: false,
      Deny: false,
    })),
    "Get-RecipientPermission": rightRows("Trustee", "SendAs", () => ({
      AccessRights: ["SendAs"],
      AccessControlType: "Allow",
      IsInherited: false,
    })),
    "Add-MailboxPermission": onRight("add", "User", "FullAccess", false),
    "Remove-MailboxPermission": onRight("delete", "User", "FullAccess", true),
    "Add-RecipientPermission": onRight("add", "Trustee", "SendAs", true),
    "Remove-RecipientPermission": onRight("delete", "Trustee", "SendAs", true),
    "Set-UnifiedGroup": ({ Identity, EmailAddresses }) => {
      const group = find(Identity);
      return group === undefined ? gone(Identity) : (addressed(group, EmailAddresses) ?? done);
    },
    "New-DistributionGroup": newList,
    "Set-DistributionGroup": onList((group, given) =>
      given["EmailAddresses"] === undefined ? applyTo(group, given) : addressed(group, given["EmailAddresses"]),
    ),
    "Update-DistributionGroupMember": onList((group, given) =>
      given["Confirm"] === false
        ? applyTo(group, { Members: [], ...given })
        : failed(
            400,
            "BadRequest",
            "A command that prompts the user failed because the host program doesn't support user interaction.",
          ),
    ),
    "Remove-DistributionGroup": onList((group) => void groups.delete(String(group["id"]))),
    "New-MailContact": ({ ExternalEmailAddress, Name }) => {
      const address = String(ExternalEmailAddress);
      if (everything().some((each) => addresses(each).includes(lower(address)))) return taken(address);
      const id = objects.newId();
      contacts.set(id, { id, displayName: Name, mail: address, proxyAddresses: [`SMTP:${address}`] });
      return done;
    },
  };

  function paged(said: Said, skip: number): Said {
    const all = (said.body as { readonly value?: readonly unknown[] } | undefined)?.value;
    if (all === undefined || all.length <= skip + page)
      return all === undefined ? said : ok({ value: all.slice(skip) });
    const next = `${url()}/adminapi/beta/${tenant}/InvokeCommand?skip=${skip + page}`;
    return ok({ value: all.slice(skip, skip + page), "@odata.nextLink": next });
  }

  const route: Route = ({ method, parts, body, headers, query }: Asked) => {
    if (method !== "POST" || parts.join("/") !== `adminapi/beta/${tenant}/InvokeCommand`) return undefined;
    const { CmdletInput } = body as { readonly CmdletInput: Input };
    if (!(headers["x-anchormailbox"] ?? "").startsWith("UPN:SystemMailbox{"))
      return failed(400, "BadRequest", "no anchor");
    const cmdlet = cmdlets[CmdletInput.CmdletName];
    if (cmdlet === undefined)
      return failed(
        403,
        "Forbidden",
        `The term '${CmdletInput.CmdletName}' is not recognized as the name of a cmdlet.`,
      );
    const skip = Number(query.get("skip") ?? 0);
    if (skip === 0) ran.push([CmdletInput.CmdletName, CmdletInput.Parameters["Identity"] ?? ""].join(" ").trim());
    return paged(cmdlet(CmdletInput.Parameters), skip);
  };

  const idOf = (name: string): string => String(mailboxOf(name)?.["id"]);
  return {
    route,
    ran,
    mailboxes,
    rightsTo: (user, right) => [...holdersOf(idOf(user), right)].map((id) => String(primary(whoIs(id)))).toSorted(),
    grant: (user, right, whom) => void holdersOf(idOf(user), right).add(String(find(whom)?.["id"])),
  };
}
