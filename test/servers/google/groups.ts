/** `groups`, their aliases and `members` of the Directory API, and the Groups Settings API. */
import { addressFault, type Directory, type FakeGroup, type FakeMember, isShown, pageOf } from "./directory.ts";
import { type Answerer, type Ask, missing, ok, refuse, type Reply, type Route } from "./said.ts";
import { addAlias, dropAlias } from "./users.ts";

const base = "/admin/directory/v1/groups";
const duplicate = refuse(409, "duplicate", "Entity already exists.");

export function groupRoutes(directory: Directory): readonly Route[] {
  const withGroup =
    (work: (group: FakeGroup, ask: Ask) => Reply): Answerer =>
    (ask) => {
      const group = directory.group(ask.parts[0] ?? "");
      return group !== undefined && isShown(directory, group) ? work(group, ask) : missing("groupKey");
    };
  const withMember = (work: (member: FakeMember, group: FakeGroup, ask: Ask) => Reply): Answerer =>
    withGroup((group, ask) => {
      const key = (ask.parts[1] ?? "").toLowerCase();
      const member = group.members.find(({ email, id }) => email === key || id === key);
      return member === undefined ? missing("memberKey") : work(member, group, ask);
    });
  return [
    [
      "GET",
      base,
      ({ url }) => {
        const all = [...directory.groups].filter((group) => isShown(directory, group));
        const { some, next } = pageOf(all, url, 200);
        return ok({ kind: "admin#directory#groups", groups: some.map(told), ...next });
      },
    ],
    ["POST", base, ({ json }) => insert(directory, json)],
    ["GET", `${base}/{}`, withGroup((group) => ok(told(group)))],
    ["PATCH", `${base}/{}`, withGroup((group, { json }) => patch(directory, group, json))],
    [
      "DELETE",
      `${base}/{}`,
      withGroup((group) => {
        directory.groups.delete(group);
        return ok();
      }),
    ],
    [
      "POST",
      `${base}/{}/aliases`,
      withGroup((group, { json }) => addAlias(directory, group, json["alias"], group.email)),
    ],
    ["DELETE", `${base}/{}/aliases/{}`, withGroup((group, { parts }) => dropAlias(group, parts[1] ?? ""))],
    [
      "GET",
      `${base}/{}/members`,
      withGroup((group, { url }) => {
        const { some, next } = pageOf(group.members, url, 200);
        // Delivery is told by `get` alone, as the description says.
        return ok({ kind: "admin#directory#members", members: some.map((member) => memberOf(member)), ...next });
      }),
    ],
    ["POST", `${base}/{}/members`, withGroup((group, { json }) => join(directory, group, json))],
    [
      "GET",
      `${base}/{}/members/{}`,
      withMember((member) => ok({ ...memberOf(member), delivery_settings: member.delivery })),
    ],
    [
      "PATCH",
      `${base}/{}/members/{}`,
      withMember((member, _, { json }) => {
        if (json["role"] !== undefined) member.role = String(json["role"]);
        if (json["delivery_settings"] !== undefined) member.delivery = String(json["delivery_settings"]);
        return ok(memberOf(member));
      }),
    ],
    [
      "DELETE",
      `${base}/{}/members/{}`,
      withMember((member, group) => {
        group.members.splice(group.members.indexOf(member), 1);
        return ok();
      }),
    ],
    ["GET", "/groups/v1/groups/{}", withGroup((group, ask) => settingsOf(group, ask))],
    [
      "PATCH",
      "/groups/v1/groups/{}",
      withGroup((group, ask) => {
        for (const [key, value] of Object.entries(ask.json)) group.settings[key] = String(value);
        return settingsOf(group, ask);
      }),
    ],
  ];
}

/** Atom, unless JSON is asked for. */
function settingsOf(group: FakeGroup, { url }: Ask): Reply {
  if (url.searchParams.get("alt") !== "json") return { status: 200, body: "<entry/>" };
  return ok({ kind: "groupsSettings#groups", email: group.email, name: group.name, ...group.settings });
}

function told({ id, email, name, description, aliases, members }: FakeGroup): object {
  return {
    kind: "admin#directory#group",
    id,
    email,
    name,
    description,
    directMembersCount: String(members.length),
    adminCreated: true,
    ...(aliases.length === 0 ? {} : { aliases: [...aliases] }),
  };
}

const memberOf = ({ id, email, role }: FakeMember): object => ({
  kind: "admin#directory#member",
  id,
  email,
  role,
  type: "USER",
  status: "ACTIVE",
});

function insert(directory: Directory, { email, name, description }: Readonly<Record<string, unknown>>): Reply {
  const fault = addressFault(directory, email);
  if (fault === "duplicate") return duplicate;
  if (fault !== undefined)
    return fault === "noDomain"
      ? refuse(404, "notFound", "Domain not found.")
      : refuse(400, "invalid", "Invalid Input: email");
  const group: FakeGroup = {
    id: directory.id(),
    email: String(email).toLowerCase(),
    name: typeof name === "string" ? name : "",
    description: typeof description === "string" ? description : "",
    aliases: [],
    members: [],
    settings: {
      includeInGlobalAddressList: "true",
      whoCanPostMessage: "ALL_MEMBERS_CAN_POST",
      allowExternalMembers: "true",
    },
    shows: directory.clock.now() + directory.lag,
  };
  directory.groups.add(group);
  return ok(told(group));
}

function patch(directory: Directory, group: FakeGroup, { email, name }: Readonly<Record<string, unknown>>): Reply {
  if (email !== undefined) {
    if (addressFault(directory, email) !== undefined) return duplicate;
    group.aliases.push(group.email);
    group.email = String(email).toLowerCase();
  }
  if (name !== undefined) group.name = String(name);
  return ok(told(group));
}

function join(directory: Directory, group: FakeGroup, json: Readonly<Record<string, unknown>>): Reply {
  const email = String(json["email"]).toLowerCase();
  const user = directory.user(email);
  if (user !== undefined && !isShown(directory, user)) return refuse(409, "conflict", "The user is being created.");
  if (group.members.some((member) => member.email === email)) return refuse(409, "duplicate", "Member already exists.");
  const outside = directory.domains.get(email.slice(email.indexOf("@") + 1)) === undefined;
  if (outside && group.settings["allowExternalMembers"] !== "true")
    return refuse(400, "invalid", "Invalid Input: memberKey");
  const member = {
    id: user?.id ?? directory.id(),
    email,
    role: String(json["role"] ?? "MEMBER"),
    delivery: String(json["delivery_settings"] ?? "ALL_MAIL"),
  };
  group.members.push(member);
  return ok(memberOf(member));
}
