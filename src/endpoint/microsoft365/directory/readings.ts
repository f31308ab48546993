import type { Options } from "../../../contract/options.ts";
import type { Asked } from "../../../kind/asked.ts";
import type { Json } from "../../../model/json.ts";
import type { Observed } from "../../../model/resource.ts";
import { createShared } from "../../directory/shared.ts";
import { type Loose, textOf } from "../answer.ts";
import { aliasesIn, listFields, readRecipients, type Recipient, resolver } from "../exchange/recipients.ts";
import { type MailboxSight, readMailboxes } from "../exchange/mailboxes.ts";
import { type DomainSight, readDomains } from "./domains.ts";
import { type Group, type GroupSort, type ListRow, readGroups, readLists } from "./groups.ts";
import { type Person, readPeople } from "./people.ts";
import { readSkus, type Sku } from "./skus.ts";
import { observe, type Tenant } from "./tenant.ts";

/** A further address, and whose it is. */
interface AliasRow {
  readonly observed: Observed<"alias">;
  readonly sort: GroupSort | "account";
}

/** What is read of a tenant. Readings that are asked for while one is under way share it: a plan asks for all kinds at once. */
export interface Readings {
  skus(options: Options): Promise<readonly Sku[]>;
  domains(options: Options): Promise<readonly DomainSight[]>;
  people(options: Options): Promise<readonly Person[]>;
  groups(options: Options): Promise<readonly Group[]>;
  /** Lists of these names, or all. */
  lists(names: ReadonlySet<string> | undefined, options: Options): Promise<readonly ListRow[]>;
  aliases(options: Options): Promise<readonly AliasRow[]>;
  /** None where nobody runs cmdlets. */
  recipients(options: Options): Promise<readonly Recipient[]>;
  /** Mailboxes as Exchange Online has them, with the rights that are asked for; none where nobody runs cmdlets. */
  mailboxes(asked: Asked | undefined, options: Options): Promise<ReadonlyMap<string, MailboxSight>>;
  /** From now on a reading that is under way is too old to be shared. */
  written(): void;
}

export function createReadings(tenant: Tenant): Readings {
  const { exchange } = tenant;
  const skus = createShared((options) => readSkus(tenant, options));
  const domains = createShared((options) => readDomains(tenant, options));
  const people = createShared(async (options) => readPeople(tenant, await skus.read(options), options));
  const groups = createShared(async (options) => {
    const all = await domains.read(options);
    return readGroups(tenant, all.find(({ isDefault }) => isDefault)?.name, options);
  });
  const recipients = createShared(async (options) => (exchange === undefined ? [] : readRecipients(exchange, options)));

  async function lists(names: ReadonlySet<string> | undefined, options: Options): Promise<readonly ListRow[]> {
    const all = await groups.read(options);
    const rows = await readLists(
      tenant,
      names === undefined ? all : all.filter(({ name }) => names.has(name)),
      options,
    );
    if (exchange === undefined) return rows.map(withoutOwners);
    return fromExchange(tenant, rows, await recipients.read(options), names, options);
  }

  async function aliases(options: Options): Promise<readonly AliasRow[]> {
    if (exchange !== undefined)
      return (await recipients.read(options)).flatMap(({ name, sort, aliases: further }) =>
        sort === "contact" ? [] : further.map((alias) => aliasRow(alias, name, sort)),
      );
    const [everybody, all] = await Promise.all([people.read(options), groups.read(options)]);
    return [
      ...everybody.flatMap(({ observed, user }) =>
        aliasesIn(proxiesOf(user), observed.name).map((alias) => aliasRow(alias, observed.name, "account")),
      ),
      ...all.flatMap(({ name, sort, group }) =>
        aliasesIn(proxiesOf(group), name).map((alias) => aliasRow(alias, name, sort)),
      ),
    ];
  }

  return {
    skus: skus.read,
    domains: domains.read,
    people: people.read,
    groups: groups.read,
    recipients: recipients.read,
    lists,
    aliases,
    mailboxes: async (asked, options) =>
      exchange === undefined ? new Map() : readMailboxes(exchange, await recipients.read(options), asked, options),
    written() {
      for (const each of [skus, domains, people, groups, recipients]) each.forget();
    },
  };
}

const proxiesOf = (object: Loose): readonly string[] =>
  Array.isArray(object["proxyAddresses"])
    ? object["proxyAddresses"].flatMap((each: unknown) => textOf(each) ?? [])
    : [];

const aliasRow = (alias: string, target: string, sort: AliasRow["sort"]): AliasRow => ({
  sort,
  observed: observe("alias", alias, undefined, { target }),
});

/** Graph does not tell who looks after a distribution list. */
function withoutOwners(row: ListRow): ListRow {
  if (row.group.sort === "microsoft365" || row.group.sort === "security") return row;
  const { owners: _owners, ...fields } = row.observed.fields;
  return { ...row, observed: { ...row.observed, fields } };
}

/** Distribution lists as Exchange Online has them: what it has just written, Graph shows minutes later. */
async function fromExchange(
  { exchange }: Tenant,
  rows: readonly ListRow[],
  recipients: readonly Recipient[],
  names: ReadonlySet<string> | undefined,
  options: Options,
): Promise<readonly ListRow[]> {
  const resolve = resolver(recipients);
  const theirs = recipients.filter(
    ({ name, sort }) => (sort === "distribution" || sort === "mailSecurity") && names?.has(name) !== false,
  );
  const described = theirs.length === 0 ? [] : ((await exchange?.run(all("Get-DistributionGroup"), options)) ?? []);
  const byName = new Map(described.map((row) => [resolve(row["PrimarySmtpAddress"])[0] ?? "", row]));
  const own: ListRow[] = [];
  for (const { name, sort, id } of theirs) {
    const members = (await exchange?.run(membersOf(name), options)) ?? [];
    const fields: Record<string, Json> = {
      ...(listFields(byName.get(name) ?? {}, resolve) as Record<string, Json>),
      members: [...resolve(members.map((each) => textOf(each["PrimarySmtpAddress"]) ?? each["Name"]))],
    };
    const group = { id, name, sort: sort as GroupSort, group: {} };
    const none = { members: new Map<string, string>(), owners: new Map<string, string>() };
    own.push({ group, ids: none, observed: observe("list", name, id, fields) });
  }
  const taken = new Set(own.map(({ group }) => group.name));
  const graphs = rows.filter(({ group }) => !taken.has(group.name) && isGraphs(group.sort));
  return [...graphs, ...own];
}

const isGraphs = (sort: GroupSort): boolean => sort === "microsoft365" || sort === "security";

const all = (name: string) => ({ name, parameters: { ResultSize: "Unlimited" } });

const membersOf = (name: string) => ({
  name: "Get-DistributionGroupMember",
  parameters: { Identity: name, ResultSize: "Unlimited" },
});
