import type { Options } from "../../contract/options.ts";
import { Fault } from "../../model/fault.ts";
import type { Finding } from "../../model/finding.ts";
import type { Directory } from "./directory.ts";

/** Whether the login may make new ones where they are made; undefined where the server does not tell beforehand. */
export interface Rights {
  readonly account?: Right;
  readonly list?: Right;
}

interface Right {
  readonly may: boolean;
  readonly base: string;
  readonly class: string;
}

/** Active Directory says of each entry which classes this login may make below it; no other server of ours does. */
export async function readRights(directory: Directory, options: Options): Promise<Rights> {
  const { flavour, spec, base } = directory;
  const attribute = flavour.mayMake;
  if (attribute === undefined) return {};
  const rightAt = async (at: string, [structural = ""]: readonly string[]): Promise<Right | undefined> => {
    const classes = await mayMake(directory, at, attribute, options);
    return classes === undefined
      ? undefined
      : { may: classes.some((each) => each.toLowerCase() === structural.toLowerCase()), base: at, class: structural };
  };
  const account = await rightAt(spec.accounts?.base ?? base, spec.accounts?.objectClasses ?? flavour.accounts.classes);
  const list = await rightAt(spec.lists?.base ?? base, spec.lists?.objectClasses ?? flavour.lists.classes);
  return { ...(account === undefined ? {} : { account }), ...(list === undefined ? {} : { list }) };
}

async function mayMake(
  { session }: Directory,
  base: string,
  attribute: string,
  options: Options,
): Promise<readonly string[] | undefined> {
  try {
    const [classes] = await session.search(
      { base, scope: "base", attributes: [attribute], what: "Asking what the login may do" },
      (entry) => entry.texts(attribute),
      options,
    );
    return classes;
  } catch (thrown) {
    // What is wrong with the base is told by whoever reads there.
    if (thrown instanceof Fault && thrown.spoils === "endpoint" && thrown.retry === "never") return undefined;
    throw thrown;
  }
}

/** For one that would be made. */
export const assessRight = (about: string, right: Right | undefined): readonly Finding[] =>
  right === undefined || right.may
    ? []
    : [
        {
          code: "entry.denied",
          severity: "error",
          about,
          message: `The login may make no ${right.class} below ${right.base}`,
          remedy: "give the login the right to create it there, or name another base",
        },
      ];
