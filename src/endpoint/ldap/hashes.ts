import type { Scope, StoredHash } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Directory } from "./directory.ts";
import { readHash } from "./hash.ts";
import { assertPrivate, passwordAttribute } from "./password.ts";
import { readPeople } from "./people.ts";

/**
 * Hashes of those who have one that the login may read. Servers hide them from who may not, and nothing tells that from there being
 * none. Throws `password.exposed` where the line is not secured.
 */
export async function readHashes(directory: Directory, scope: Scope, options: Options): Promise<readonly StoredHash[]> {
  const { session, spec, flavour, emit } = directory;
  const { about } = session.server;
  assertPrivate(session.server, about, flavour);
  const attribute = passwordAttribute(spec, scope.map);
  const people = await readPeople(directory, { scope, keep: true, more: [attribute] }, options);
  const found = people.flatMap(({ observed: { name }, entry }): readonly StoredHash[] => {
    const hash = readHash(entry?.texts(attribute) ?? []);
    return hash === undefined ? [] : [{ name, hash }];
  });
  if (people.length > 0 && found.length === 0)
    emit({
      type: "finding",
      finding: {
        code: "password.hidden",
        severity: "warning",
        about,
        message: `Of ${people.length.toLocaleString("en-US")} accounts none shows a hash in ${attribute} to this login`,
        remedy: `let the login read ${attribute} in the server's access rules, if there are hashes`,
      },
    });
  return found;
}
