/** People and licences of the stand-in for Graph: what Microsoft's documentation says of each call, and no more. */
import { lower, type Properties, type TenantObjects } from "./objects.ts";
import { type Asked, chosen, failed, missing, nothing, ok, paged, type Said } from "./said.ts";
import { type Act, type DirectorySettings, one } from "./table.ts";

const has = (object: Properties, address: string): boolean =>
  ((object["proxyAddresses"] ?? []) as readonly string[]).some((each) => lower(each) === `smtp:${lower(address)}`);

type Table = readonly (readonly [string, Act])[];

export function createUsers(objects: TenantObjects, settings: DirectorySettings): Table {
  const { users, groups, deleted, domains, people, skus, contacts } = objects;
  const list = (all: readonly Properties[], asked: Asked): Said => paged(all, asked, settings.base(), settings.page);

  const userOf = (name: string): Properties | undefined =>
    users.see((user) => user["id"] === name || lower(user["userPrincipalName"]) === lower(name));

  function createUser({ body }: Asked): Said {
    const { passwordProfile, ...given } = body as Properties;
    const { password, forceChangePasswordNextSignIn } = (passwordProfile ?? {}) as Properties;
    for (const required of ["accountEnabled", "displayName", "mailNickname", "userPrincipalName"])
      if (given[required] === undefined || given[required] === "")
        return failed(400, "Request_BadRequest", `A value is required for property '${required}' of resource 'User'.`);
    if (typeof password !== "string" || password.length < 8)
      return failed(
        400,
        "Request_BadRequest",
        "The specified password does not comply with password complexity requirements.",
      );
    const name = String(given["userPrincipalName"]);
    const refused = refusedName(name);
    if (refused !== undefined) return refused;
    const id = objects.newId();
    const user = {
      id,
      userType: "Member",
      assignedLicenses: [],
      otherMails: [],
      proxyAddresses: [],
      mail: null,
      ...given,
    };
    users.set(id, user);
    objects.passwords.set(name, { password, mustChange: forceChangePasswordNextSignIn === true });
    return ok(chosen(user, new URLSearchParams()), 201);
  }

  function refusedName(name: string): Said | undefined {
    const [local = "", domain = ""] = name.split("@");
    if (!/^[A-Za-z0-9'._!#^~-]{1,64}$/.test(local))
      return failed(400, "Request_BadRequest", "Property userPrincipalName is invalid.");
    if (domains.get(domain.toLowerCase())?.["isVerified"] !== true)
      return failed(
        400,
        "Request_BadRequest",
        "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
      );
    const taken = users.all().some((user) => lower(user["userPrincipalName"]) === lower(name) || has(user, name));
    if (taken || groups.all().some((group) => lower(group["mail"]) === lower(name) || has(group, name)))
      return failed(
        400,
        "Request_BadRequest",
        "Another object with the same value for property userPrincipalName already exists.",
      );
    return undefined;
  }

  function changeUser({ body }: Asked, [, name = ""]: readonly string[]): Said {
    const user = userOf(name);
    if (user === undefined) return missing(name);
    const { passwordProfile, ...given } = body as Properties;
    if ("proxyAddresses" in given || "assignedLicenses" in given)
      return failed(400, "Request_BadRequest", "Property 'proxyAddresses' is read-only and cannot be set.");
    const next = given["userPrincipalName"];
    if (typeof next === "string" && lower(next) !== lower(user["userPrincipalName"])) {
      const refused = refusedName(next);
      if (refused !== undefined) return refused;
    }
    const changed = { ...users.get(String(user["id"])), ...given };
    users.set(String(user["id"]), changed);
    const { password, forceChangePasswordNextSignIn } = (passwordProfile ?? {}) as Properties;
    if (typeof password === "string")
      objects.passwords.set(String(changed["userPrincipalName"]), {
        password,
        mustChange: forceChangePasswordNextSignIn === true,
      });
    return nothing;
  }

  function removeUser(_: Asked, [, name = ""]: readonly string[]): Said {
    const user = userOf(name);
    if (user === undefined) return missing(name);
    const id = String(user["id"]);
    users.delete(id);
    for (const set of people.values()) set.delete(id);
    const before = `${id.replaceAll("-", "")}${String(user["userPrincipalName"])}`;
    deleted.set(id, { ...user, userPrincipalName: before, deletedDateTime: "2026-11-20T10:00:00Z" });
    return nothing;
  }

  function assign({ body }: Asked, [, name = ""]: readonly string[]): Said {
    const user = userOf(name);
    if (user === undefined) return missing(name);
    const { addLicenses, removeLicenses } = body as {
      readonly addLicenses?: readonly Properties[];
      readonly removeLicenses?: readonly string[];
    };
    if (addLicenses === undefined || removeLicenses === undefined)
      return failed(
        400,
        "Request_BadRequest",
        "One or more parameters of the operation 'assignLicense' are missing from the request payload.",
      );
    const id = String(user["id"]);
    const now = users.get(id) ?? user;
    if (addLicenses.length > 0 && typeof now["usageLocation"] !== "string")
      return failed(
        400,
        "Request_BadRequest",
        "License assignment cannot be done for user with invalid usage location.",
      );
    for (const { skuId } of addLicenses) {
      const sku = skus.get(String(skuId));
      if (sku === undefined)
        return failed(
          400,
          "Request_BadRequest",
          `License ${String(skuId)} does not correspond to a valid company License.`,
        );
      if (consumed(String(skuId)) >= sku.enabled)
        return failed(
          400,
          "Request_BadRequest",
          `Subscription with SKU ${String(skuId)} does not have any available licenses.`,
        );
    }
    const kept = (now["assignedLicenses"] as readonly Properties[]).filter(
      ({ skuId }) => !removeLicenses.includes(String(skuId)),
    );
    const licences = [
      ...kept.filter(({ skuId }) => !addLicenses.some((each) => each["skuId"] === skuId)),
      ...addLicenses,
    ];
    users.set(id, { ...now, assignedLicenses: licences, mail: now["mail"] ?? now["userPrincipalName"] });
    return ok(users.get(id));
  }

  const consumed = (sku: string): number =>
    users.all().filter((user) => (user["assignedLicenses"] as readonly Properties[]).some(({ skuId }) => skuId === sku))
      .length;

  const subscribed = (): readonly Properties[] =>
    [...skus].map(([skuId, { name, enabled }]) => ({
      id: `tenant_${skuId}`,
      skuId,
      skuPartNumber: name,
      capabilityStatus: "Enabled",
      appliesTo: "User",
      consumedUnits: consumed(skuId),
      prepaidUnits: { enabled, suspended: 0, warning: 0, lockedOut: 0 },
      servicePlans: [],
    }));

  return [
    ["GET /users", (asked) => list(users.shown(), asked)],
    ["POST /users", createUser],
    ["GET /users/*", (asked, [, name = ""]) => one(userOf(name), name, asked)],
    ["PATCH /users/*", changeUser],
    ["DELETE /users/*", removeUser],
    ["POST /users/*/assignLicense", assign],
    ["GET /subscribedSkus", (asked) => list(subscribed(), asked)],
    ["GET /directory/deletedItems/*", (asked) => list(deleted.all(), asked)],
    ["GET /contacts", (asked) => list([...contacts.values()], asked)],
  ];
}
