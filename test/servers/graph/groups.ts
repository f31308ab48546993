/** Groups of the stand-in for Graph. */
import { lower, type Properties, type TenantObjects } from "./objects.ts";
import { type Asked, failed, missing, nothing, ok, paged, type Said } from "./said.ts";
import { type Act, type DirectorySettings, one } from "./table.ts";

const idIn = (reference: string): string => reference.split("/").at(-1) ?? "";
const isWritable = (group: Properties): boolean =>
  group["mailEnabled"] !== true || ((group["groupTypes"] ?? []) as readonly string[]).includes("Unified");

type Table = readonly (readonly [string, Act])[];

export function createGroups(objects: TenantObjects, settings: DirectorySettings): Table {
  const { users, groups, domains, contacts, people } = objects;
  const list = (all: readonly Properties[], asked: Asked): Said => paged(all, asked, settings.base(), settings.page);

  function createGroup({ body }: Asked): Said {
    const given = body as Properties;
    const unified = ((given["groupTypes"] ?? []) as readonly string[]).includes("Unified");
    if (given["mailEnabled"] === true && !unified)
      return failed(
        400,
        "Request_BadRequest",
        "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.",
      );
    for (const required of ["displayName", "mailNickname", "mailEnabled", "securityEnabled"])
      if (given[required] === undefined)
        return failed(400, "Request_BadRequest", `A value is required for property '${required}' of resource 'Group'.`);
    const nickname = String(given["mailNickname"]);
    if (
      unified &&
      groups.all().some((group) => lower(group["mailNickname"]) === lower(nickname) && group["mailEnabled"] === true)
    )
      return failed(
        400,
        "Request_BadRequest",
        "Another object with the same value for property mailNickname already exists.",
      );
    const id = objects.newId();
    const domain = [...domains.values()].find((each) => each["isDefault"] === true)?.["id"];
    const mail = unified ? `${nickname}@${String(domain)}` : null;
    for (const whose of ["members", "owners"]) {
      const bound = ((given[`${whose}@odata.bind`] ?? []) as readonly string[]).map(idIn);
      if (bound.length > 20)
        return failed(400, "Request_BadRequest", "The request exceeds the limit of 20 references.");
      if (bound.some((each) => !isObject(each))) return missing(bound.join(", "));
      people.set(`${whose} ${id}`, new Set(bound));
    }
    const { "members@odata.bind": _members, "owners@odata.bind": _owners, ...rest } = given;
    groups.set(id, { id, mail, proxyAddresses: mail === null ? [] : [`SMTP:${mail}`], ...rest });
    return ok(groups.get(id), 201);
  }

  const isObject = (id: string): boolean =>
    users.get(id) !== undefined || groups.get(id) !== undefined || contacts.has(id);

  const groupOf = (id: string): Properties | undefined => groups.see((group) => group["id"] === id);
  const readOnly = failed(
    400,
    "Request_BadRequest",
    "Cannot Update a mail-enabled security groups and or distribution list.",
  );

  function changeGroup({ body }: Asked, [, id = ""]: readonly string[]): Said {
    const group = groupOf(id);
    if (group === undefined) return missing(id);
    if (!isWritable(group)) return readOnly;
    const given = body as Properties;
    const now = groups.get(id) ?? group;
    const nickname = given["mailNickname"];
    const domain = String(now["mail"] ?? "").split("@")[1];
    const moved = typeof nickname === "string" && now["mail"] !== null ? { mail: `${nickname}@${domain}` } : {};
    groups.set(id, { ...now, ...given, ...moved });
    return nothing;
  }

  function removeGroup(_: Asked, [, id = ""]: readonly string[]): Said {
    const group = groupOf(id);
    if (group === undefined) return missing(id);
    if (!isWritable(group)) return readOnly;
    groups.delete(id);
    return nothing;
  }

  function readPeople(asked: Asked, [, id = "", whose = ""]: readonly string[]): Said {
    if (groupOf(id) === undefined) return missing(id);
    const all = [...(people.get(`${whose} ${id}`) ?? [])].flatMap((each): readonly Properties[] => {
      const value = typed(each);
      return value === undefined ? [] : [value];
    });
    return list(all, asked);
  }

  const typed = (id: string): Properties | undefined => {
    for (const [type, value] of [
      ["user", users.get(id)],
      ["group", groups.get(id)],
      ["orgContact", contacts.get(id)],
    ] as const)
      if (value !== undefined) return { "@odata.type": `#microsoft.graph.${type}`, ...value };
    return undefined;
  };

  function addPerson({ body }: Asked, [, id = "", whose = ""]: readonly string[]): Said {
    const group = groupOf(id);
    if (group === undefined) return missing(id);
    if (!isWritable(group)) return readOnly;
    const who = idIn(String((body as Properties)["@odata.id"]));
    if (!isObject(who)) return missing(who);
    const set = people.get(`${whose} ${id}`) ?? new Set();
    if (set.has(who))
      return failed(
        400,
        "Request_BadRequest",
        "One or more added object references already exist for the following modified properties: 'members'.",
      );
    people.set(`${whose} ${id}`, set.add(who));
    return nothing;
  }

  function removePerson(_: Asked, [, id = "", whose = "", who = ""]: readonly string[]): Said {
    const group = groupOf(id);
    if (group === undefined) return missing(id);
    if (!isWritable(group)) return readOnly;
    return people.get(`${whose} ${id}`)?.delete(who) === true ? nothing : missing(who);
  }

  return [
    ["GET /groups", (asked) => list(groups.shown(), asked)],
    ["POST /groups", createGroup],
    ["GET /groups/*", (asked, [, id = ""]) => one(groupOf(id), id, asked)],
    ["PATCH /groups/*", changeGroup],
    ["DELETE /groups/*", removeGroup],
    ["GET /groups/*/members", readPeople],
    ["GET /groups/*/owners", readPeople],
    ["POST /groups/*/members/$ref", addPerson],
    ["POST /groups/*/owners/$ref", addPerson],
    ["DELETE /groups/*/members/*/$ref", removePerson],
    ["DELETE /groups/*/owners/*/$ref", removePerson],
  ];
}
