/** What a resource is. The first four live in a directory, a mailbox holds items. */
export const directoryKinds = ["domain", "account", "list", "alias"] as const;
export const kinds = [...directoryKinds, "mailbox"] as const;
export type DirectoryKind = (typeof directoryKinds)[number];
type ContentKind = "mailbox";
export type Kind = DirectoryKind | ContentKind;

/** A resource's name in plans and on the command line: `account/ana@example.com`. */
export type Address = `${Kind}/${string}`;

export function addressOf(kind: Kind, name: string): Address {
  return `${kind}/${name}`;
}

export function kindOf(address: Address): Kind {
  return address.slice(0, address.indexOf("/")) as Kind;
}

export function nameOf(address: Address): string {
  return address.slice(address.indexOf("/") + 1);
}

export function isAddress(text: string): text is Address {
  const slash = text.indexOf("/");
  return slash > 0 && slash < text.length - 1 && (kinds as readonly string[]).includes(text.slice(0, slash));
}

/** Turns a glob into a test: `*` is any run of characters, `?` one; case does not count, for addresses have none. */
export function globMatcher(glob: string): (text: string) => boolean {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const expression = new RegExp(`^${source}$`, "isu");
  return (text) => expression.test(text);
}
