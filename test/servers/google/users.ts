/** `users`, their aliases and `orgunits` of the Directory API. */
import { addressFault, type Directory, type FakeUser, isShown, pageOf } from "./directory.ts";
import { type Answerer, missing, ok, refuse, type Reply, type Route } from "./said.ts";

const base = "/admin/directory/v1";
const invalid = (what: string): Reply => refuse(400, "invalid", `Invalid Input: ${what}`);

export function userRoutes(directory: Directory): readonly Route[] {
  const shown = (key: string): FakeUser | undefined => {
    const user = directory.user(key);
    return user !== undefined && isShown(directory, user) ? user : undefined;
  };
  /** What comes after a creation finds nobody, or a state that it cannot take, until he shows. */
  const withUser =
    (work: (user: FakeUser, ask: Parameters<Answerer>[0]) => Reply): Answerer =>
    (ask) => {
      const [key = ""] = ask.parts;
      const user = shown(key);
      if (user !== undefined) return work(user, ask);
      return directory.user(key) === undefined
        ? missing("userKey")
        : refuse(412, "conditionNotMet", "User creation is not complete.");
    };
  const list: Answerer = ({ url }) => {
    if (url.searchParams.get("customer") === null) return invalid("customer");
    const all = [...directory.users]
      .filter((user) => isShown(directory, user))
      .toSorted((a, b) => (a.primaryEmail < b.primaryEmail ? -1 : 1));
    const { some, next } = pageOf(all.filter(fits(url.searchParams.get("query"))), url, 500);
    return ok({ kind: "admin#directory#users", users: some.map(told), ...next });
  };
  const insert: Answerer = ({ json }) => {
    const fault = addressFault(directory, json["primaryEmail"]);
    if (fault === "duplicate") return refuse(409, "duplicate", "Entity already exists.");
    if (fault !== undefined)
      return fault === "noDomain" ? refuse(404, "notFound", "Domain not found.") : invalid("primary_user_email");
    const name = nameOf(json["name"]);
    if (name === undefined) return invalid("name");
    const password = json["password"];
    if (typeof password !== "string" || password.length < 8) return invalid("password");
    if (!isHash(password, json["hashFunction"])) return invalid("hashFunction");
    const orgUnitPath = json["orgUnitPath"] ?? "/";
    if (!directory.orgUnits.has(String(orgUnitPath))) return invalid("INVALID_OU_ID");
    const phone = json["recoveryPhone"] ?? "";
    if (!isPhone(phone)) return invalid("recoveryPhone");
    const user: FakeUser = {
      id: directory.id(),
      primaryEmail: String(json["primaryEmail"]).toLowerCase(),
      name,
      suspended: json["suspended"] === true,
      orgUnitPath: String(orgUnitPath),
      recoveryEmail: typeof json["recoveryEmail"] === "string" ? json["recoveryEmail"] : "",
      recoveryPhone: phone,
      aliases: [],
      password,
      hashFunction: json["hashFunction"] as string | undefined,
      changePasswordAtNextLogin: json["changePasswordAtNextLogin"] === true,
      shows: directory.clock.now() + directory.lag,
    };
    directory.users.add(user);
    return ok(told(user));
  };
  return [
    ["GET", `${base}/users`, list],
    ["POST", `${base}/users`, insert],
    [
      "GET",
      `${base}/users/{}`,
      ({ parts: [key = ""] }) => {
        const user = shown(key);
        return user === undefined ? missing("userKey") : ok(told(user));
      },
    ],
    ["PATCH", `${base}/users/{}`, withUser((user, { json }) => patch(directory, user, json))],
    [
      "DELETE",
      `${base}/users/{}`,
      withUser((user) => {
        directory.users.delete(user);
        return ok();
      }),
    ],
    [
      "POST",
      `${base}/users/{}/aliases`,
      withUser((user, { json }) => addAlias(directory, user, json["alias"], user.primaryEmail)),
    ],
    ["DELETE", `${base}/users/{}/aliases/{}`, withUser((user, { parts }) => dropAlias(user, parts[1] ?? ""))],
    [
      "GET",
      `${base}/customer/{}/orgunits/{+}`,
      ({ parts: [, path = ""] }) =>
        directory.orgUnits.has(`/${path}`) ? ok(unitOf(`/${path}`)) : refuse(404, "notFound", "Org unit not found"),
    ],
    ["POST", `${base}/customer/{}/orgunits`, ({ json }) => addUnit(directory, json)],
  ];
}

/** `orgUnitPath=/Sales`, of all that can be asked. */
function fits(query: string | null): (user: FakeUser) => boolean {
  const path = /^orgUnitPath='?([^']*)'?$/.exec(query ?? "")?.[1];
  return ({ orgUnitPath }) => path === undefined || orgUnitPath === path;
}

function nameOf(name: unknown): FakeUser["name"] | undefined {
  const { givenName, familyName, displayName } = (name ?? {}) as Readonly<Record<string, unknown>>;
  const good = [givenName, familyName].every(
    (part) => typeof part === "string" && part.length > 0 && part.length <= 60,
  );
  if (!good) return undefined;
  return {
    givenName: String(givenName),
    familyName: String(familyName),
    ...(typeof displayName === "string" && displayName !== "" ? { displayName } : {}),
  };
}

const shapes: Readonly<Record<string, RegExp>> = {
  MD5: /^[0-9a-f]{32}$/,
  "SHA-1": /^[0-9a-f]{40}$/,
  crypt: /^(\$1\$|\$[56]\$(rounds=\d{1,4}\$|rounds=10000\$)?[^$]{1,16}\$|[./0-9A-Za-z]{13}$)/,
};
const isHash = (password: string, kind: unknown): boolean =>
  kind === undefined || shapes[String(kind)]?.test(password) === true;

/** E.164, or empty for none. */
const isPhone = (phone: unknown): phone is string => typeof phone === "string" && /^(\+[1-9]\d{1,14})?$/.test(phone);

function told(user: FakeUser): object {
  const { id, primaryEmail, name, suspended, orgUnitPath, recoveryEmail, recoveryPhone, aliases } = user;
  return {
    kind: "admin#directory#user",
    id,
    primaryEmail,
    name: { ...name, fullName: `${name.givenName} ${name.familyName}` },
    suspended,
    orgUnitPath,
    isMailboxSetup: true,
    ...(recoveryEmail === "" ? {} : { recoveryEmail }),
    ...(recoveryPhone ? { recoveryPhone } : {}),
    ...(aliases.length === 0 ? {} : { aliases: [...aliases] }),
  };
}

function patch(directory: Directory, user: FakeUser, json: Readonly<Record<string, unknown>>): Reply {
  const { primaryEmail, orgUnitPath, name, suspended, recoveryEmail, recoveryPhone, password, hashFunction } = json;
  if (primaryEmail !== undefined) {
    const fault = addressFault(directory, primaryEmail);
    if (fault !== undefined)
      return fault === "duplicate" ? refuse(409, "duplicate", "Entity already exists.") : invalid("primaryEmail");
  }
  if (orgUnitPath !== undefined && !directory.orgUnits.has(String(orgUnitPath))) return invalid("INVALID_OU_ID");
  const next = name === undefined ? user.name : nameOf({ ...user.name, ...(name as object) });
  if (next === undefined) return invalid("name");
  if (recoveryPhone !== undefined && !isPhone(recoveryPhone)) return invalid("recoveryPhone");
  if (password !== undefined && !isHash(String(password), hashFunction)) return invalid("hashFunction");
  if (primaryEmail !== undefined) {
    user.aliases.push(user.primaryEmail);
    user.primaryEmail = String(primaryEmail).toLowerCase();
  }
  user.name = next;
  if (orgUnitPath !== undefined) user.orgUnitPath = String(orgUnitPath);
  if (suspended !== undefined) user.suspended = suspended === true;
  if (recoveryPhone !== undefined) user.recoveryPhone = recoveryPhone;
  if (recoveryEmail !== undefined) user.recoveryEmail = String(recoveryEmail);
  if (password !== undefined) Object.assign(user, { password, hashFunction });
  return ok(told(user));
}

export function addAlias(
  directory: Directory,
  holder: { aliases: string[] },
  alias: unknown,
  primaryEmail: string,
): Reply {
  const fault = addressFault(directory, alias);
  if (fault === "duplicate") return refuse(409, "duplicate", "Entity already exists.");
  if (fault !== undefined) return invalid("alias");
  holder.aliases.push(String(alias).toLowerCase());
  return ok({ kind: "admin#directory#alias", alias, primaryEmail });
}

export function dropAlias(holder: { aliases: string[] }, alias: string): Reply {
  if (!holder.aliases.includes(alias.toLowerCase())) return missing("alias");
  holder.aliases = holder.aliases.filter((one) => one !== alias.toLowerCase());
  return ok();
}

const unitOf = (path: string): object => ({
  kind: "admin#directory#orgUnit",
  name: path.slice(path.lastIndexOf("/") + 1),
  orgUnitPath: path,
  parentOrgUnitPath: path.slice(0, path.lastIndexOf("/")) || "/",
});

function addUnit(directory: Directory, { name, parentOrgUnitPath }: Readonly<Record<string, unknown>>): Reply {
  const parent = String(parentOrgUnitPath);
  if (!directory.orgUnits.has(parent)) return invalid("parentOrgUnitPath");
  const path = `${parent === "/" ? "" : parent}/${String(name)}`;
  if (directory.orgUnits.has(path)) return refuse(409, "duplicate", "Invalid Ou Id");
  directory.orgUnits.add(path);
  return ok(unitOf(path));
}
