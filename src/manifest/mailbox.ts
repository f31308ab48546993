import { addressOf } from "../model/address.ts";
import type { Credentials, DirectoryResource, MailboxResource, MailboxSide } from "../model/resource.ts";
import type { MailboxManifest, MailboxSideSpec, MailboxSpec } from "../model/spec.ts";
import { type BoxWish, domainOf } from "./declaration.ts";
import { type MailboxDefaults, messageRules } from "./migration.ts";
import type { YamlDocument } from "./parse.ts";
import { below, originOf, type Place, placeIn, problemAt, secretAt } from "./place.ts";
import { present } from "./present.ts";
import type { Report } from "./problem.ts";

/** What every mailbox of a Migration shares. */
export interface MailboxFrame {
  /** Endpoints of the mail, by the Migration. */
  readonly source?: string;
  readonly destination?: string;
  readonly defaults: MailboxDefaults;
  /** What a domain's addresses end in at the source, where it differs. */
  readonly sourceDomains: ReadonlyMap<string, string>;
  /** Mailboxes that have a document of their own. */
  readonly written: ReadonlySet<string>;
  /** Mailboxes of which the manifests say who they are at the source, or that they are nobody there. */
  readonly sourced: ReadonlySet<string>;
}

export interface MailboxDocument {
  readonly document: YamlDocument;
  readonly body: MailboxManifest;
  readonly name: string;
}

/** What one side says at one level. */
interface Said {
  readonly spec: MailboxSideSpec | undefined;
  readonly at: Place | undefined;
}

/** The mailbox of an account that has no Mailbox document; undefined when there is nothing to copy, or no mail at both ends. */
export function mailboxOfAccount(
  account: DirectoryResource,
  box: BoxWish | undefined,
  frame: MailboxFrame,
): MailboxResource | undefined {
  if (account.absent === true || box?.source === false || frame.written.has(account.name)) return undefined;
  const source = sideOf("source", account.name, [saidBy(box, "source")], frame);
  const destination = sideOf("destination", account.name, [saidBy(box, "destination")], frame);
  if (source === undefined || destination === undefined) return undefined;
  const { wave, origin, labels } = account;
  return {
    ...named(account.name, labels),
    ...present({ origin, wave, priority: box?.priority }),
    source,
    destination,
    ...frame.defaults,
  };
}

/** The mailbox of a Mailbox document. What it does not say, its account says, then the Migration. */
export function mailboxOfDocument(
  own: MailboxDocument,
  account: DirectoryResource | undefined,
  box: BoxWish | undefined,
  frame: MailboxFrame,
  report: Report,
): MailboxResource | undefined {
  const { spec, metadata } = own.body;
  const at = placeIn(own.document, ["metadata", "name"]);
  const body = placeIn(own.document, ["spec"]);
  const from = spec.source ?? box?.source;
  if (from === false) return undefined;
  const said = (side: "source" | "destination"): readonly Said[] => [
    { spec: spec[side] || undefined, at: below(body, side) },
    saidBy(box, side),
  ];
  const source = sideOf("source", own.name, said("source"), frame);
  const destination = sideOf("destination", own.name, said("destination"), frame);
  if (source === undefined || destination === undefined) {
    const side = source === undefined ? "source" : "destination";
    report(
      problemAt(
        at,
        `no endpoint for its ${side}`,
        `write ${side}: {endpoint: …} here, or ${side}: {mail: …} in the Migration`,
      ),
    );
    return undefined;
  }
  return {
    ...named(own.name, { ...account?.labels, ...metadata.labels }),
    origin: originOf(at),
    ...present({ wave: spec.wave ?? account?.wave, priority: spec.priority ?? box?.priority }),
    source,
    destination,
    ...rulesOf(spec, body, frame.defaults, report),
  };
}

function named(
  name: string,
  labels: Readonly<Record<string, string>>,
): Pick<MailboxResource, "kind" | "name" | "address" | "labels"> {
  return { kind: "mailbox", name, address: addressOf("mailbox", name), labels };
}

function rulesOf(spec: MailboxSpec, body: Place, defaults: MailboxDefaults, report: Report): MailboxDefaults {
  const messages = { ...defaults.messages, ...messageRules(spec.messages, below(body, "messages"), report) };
  const restore = spec.restore ?? defaults.restore;
  return {
    mode: spec.mode ?? defaults.mode,
    folders: { ...defaults.folders, ...spec.folders },
    messages,
    ...present({ restore }),
  };
}

function saidBy(box: BoxWish | undefined, side: "source" | "destination"): Said {
  return { spec: box?.[side] || undefined, at: box?.at && below(box.at, side) };
}

/** One side, from what its levels say, the nearest first. The user is the address, at the source with the source's domain. */
function sideOf(
  side: "source" | "destination",
  name: string,
  levels: readonly Said[],
  frame: MailboxFrame,
): MailboxSide | undefined {
  const endpoint = levels.find((each) => each.spec?.endpoint !== undefined)?.spec?.endpoint ?? frame[side];
  if (endpoint === undefined) return undefined;
  const user = levels.find((each) => each.spec?.user !== undefined)?.spec?.user ?? userOf(side, name, frame);
  const keys = levels.find((each) => each.spec?.credentials !== undefined);
  return { endpoint, user, ...present({ credentials: credentialsOf(keys) }) };
}

function userOf(side: "source" | "destination", name: string, frame: MailboxFrame): string {
  const domain = domainOf(name);
  const other = side === "source" ? frame.sourceDomains.get(domain) : undefined;
  return other === undefined ? name : `${name.slice(0, -domain.length)}${other}`;
}

function credentialsOf(said: Said | undefined): Credentials | undefined {
  const spec = said?.spec?.credentials;
  if (spec === undefined || said?.at === undefined) return undefined;
  const at = below(said.at, "credentials");
  const { password, accessToken } = spec;
  return present({
    password: password && secretAt(below(at, "password"), password),
    accessToken: accessToken && secretAt(below(at, "accessToken"), accessToken),
  });
}
