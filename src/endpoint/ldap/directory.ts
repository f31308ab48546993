import type { OpenContext } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { LdapEndpointSpec } from "../../model/spec.ts";
import type { Flavour } from "./flavour/flavour.ts";
import { createSchema, type Schema } from "./schema.ts";
import type { Session } from "./session.ts";

/** What all the readings and writings of one directory know. */
export interface Directory {
  readonly session: Session;
  readonly spec: LdapEndpointSpec;
  readonly flavour: Flavour;
  readonly base: string;
  readonly emit: OpenContext["emit"];
  /** Looked at once; undefined where the server does not show it. */
  schema(options: Options): Promise<Schema | undefined>;
}

type Facts = Omit<Directory, "schema" | "base">;

export function createDirectory(facts: Facts): Directory {
  let schema: Promise<Schema | undefined> | undefined;
  return {
    ...facts,
    base: facts.spec.base,
    schema(options) {
      schema ??= readSchema(facts.session, options).catch((thrown: unknown) => {
        schema = undefined;
        throw thrown;
      });
      return schema;
    },
  };
}

/** The subschema that the server's root names (RFC 4512, 4.4). A server that hides it lets us go by what is usual. */
async function readSchema(session: Session, options: Options): Promise<Schema | undefined> {
  const { entry } = await session.root(options);
  const base = entry.text("subschemaSubentry");
  if (base === undefined) return undefined;
  const attributes = ["attributeTypes", "objectClasses", "dITContentRules"];
  try {
    const [schema] = await session.search(
      { base, scope: "base", attributes, what: "Reading the schema" },
      (found) =>
        createSchema(found.texts("attributeTypes"), found.texts("objectClasses"), found.texts("dITContentRules")),
      options,
    );
    return schema?.class("top") === undefined ? undefined : schema;
  } catch (thrown) {
    if (thrown instanceof Fault && (thrown.code === "entry.denied" || thrown.code === "entry.missing"))
      return undefined;
    throw thrown;
  }
}
