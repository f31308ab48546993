/** What the Gmail API answers of a mailbox. */
import { Buffer } from "node:buffer";
import type { Clock } from "../../../src/contract/endpoint.ts";
import { pageOf } from "./directory.ts";
import type { FakeEvent, FakeLabel, FakeMailbox, FakeMessage } from "./gmail.ts";
import { createSessions } from "./resumable.ts";
import { type Ask, missing, ok, refuse, type Reply, type Route } from "./said.ts";

const base = "/gmail/v1/users/{}";
const invalid = (message: string): Reply => refuse(400, "invalidArgument", message);

/** `mailboxOf` finds whose mailbox it is; nobody's is answered with 400, as where Gmail is turned off. */
export function gmailRoutes(
  mailboxOf: (user: string) => FakeMailbox | undefined,
  clock: Pick<Clock, "now">,
): readonly Route[] {
  const within = (work: (mailbox: FakeMailbox, ask: Ask) => Reply) => (ask: Ask) => {
    const [user = ""] = ask.parts;
    if (user !== "me" && user.toLowerCase() !== ask.subject) return refuse(403, "forbidden", "Delegation denied");
    const mailbox = mailboxOf(ask.subject);
    return mailbox === undefined ? refuse(400, "failedPrecondition", "Mail service not enabled") : work(mailbox, ask);
  };
  const withMessage = (work: (mailbox: FakeMailbox, message: FakeMessage, ask: Ask) => Reply) =>
    within((mailbox, ask) => {
      const message = mailbox.messages.get(ask.parts[1] ?? "");
      return message === undefined ? missing("message") : work(mailbox, message, ask);
    });
  const store =
    (draft: boolean, imports: boolean) =>
    (mailbox: FakeMailbox, ask: Ask, octets: Buffer | undefined): Reply =>
      draft ? storeDraft(mailbox, octets, clock) : storeMessage(mailbox, ask, octets, imports, clock);
  const sessions = createSessions();
  const uploads = (path: string, imports: boolean, draft: boolean): readonly Route[] => [
    ["POST", `${base}${path}`, within((mailbox, ask) => store(draft, imports)(mailbox, ask, given(ask)))],
    ["POST", `/upload${base}${path}`, within((mailbox, ask) => store(draft, imports)(mailbox, ask, given(ask)))],
    ["POST", `/resumable/upload${base}${path}`, within((_, ask) => sessions.begin(ask))],
    [
      "PUT",
      `/resumable/upload${base}${path}`,
      within((mailbox, ask) => sessions.go(ask, (begun, octets) => store(draft, imports)(mailbox, begun, octets))),
    ],
  ];
  return [
    [
      "GET",
      `${base}/profile`,
      within((mailbox) =>
        ok({
          emailAddress: mailbox.user,
          messagesTotal: mailbox.messages.size,
          threadsTotal: mailbox.messages.size,
          historyId: String(mailbox.historyId()),
        }),
      ),
    ],
    ["GET", `${base}/labels`, within(({ labels }) => ok({ labels: [...labels.values()].map(toldLabel) }))],
    ["POST", `${base}/labels`, within((mailbox, { json }) => makeLabel(mailbox, String(json["name"])))],
    [
      "PATCH",
      `${base}/labels/{}`,
      within((mailbox, { parts, json }) => renameLabel(mailbox, parts[1] ?? "", String(json["name"]))),
    ],
    ["GET", `${base}/messages`, within((mailbox, { url }) => list(mailbox, url, clock))],
    [
      "GET",
      `${base}/messages/{}`,
      withMessage((mailbox, message, { url }) =>
        ok(toldMessage(mailbox, message, url.searchParams.get("format") ?? "full")),
      ),
    ],
    [
      "DELETE",
      `${base}/messages/{}`,
      withMessage((mailbox, message) => {
        mailbox.remove(message);
        return ok();
      }),
    ],
    ["POST", `${base}/messages/{}/modify`, withMessage(modify)],
    [
      "POST",
      `${base}/messages/{}/trash`,
      withMessage((mailbox, message) => {
        mailbox.relabel(message, ["TRASH"], ["INBOX"]);
        return ok(brief(message));
      }),
    ],
    [
      "POST",
      `${base}/messages/{}/untrash`,
      withMessage((mailbox, message) => {
        mailbox.relabel(message, [], ["TRASH"]);
        return ok(brief(message));
      }),
    ],
    ["GET", `${base}/history`, within((mailbox, { url }) => historyOf(mailbox, url))],
    ...uploads("/messages/import", true, false),
    ...uploads("/messages", false, false),
    ...uploads("/drafts", false, true),
  ];
}

const given = ({ media, json }: Ask): Buffer | undefined =>
  media ?? (typeof json["raw"] === "string" ? Buffer.from(json["raw"], "base64url") : undefined);

const toldLabel = ({ id, name, type }: FakeLabel): object => ({ id, name, type });
const brief = ({ id, labels }: FakeMessage): object => ({ id, threadId: id, labelIds: [...labels] });

/** Names that Gmail keeps to itself. */
const reserved = /^(inbox|sent|drafts?|spam|trash|starred|important|chats?|unread|all mail|\[gmail\](\/.*)?)$/i;

function labelFault(mailbox: FakeMailbox, name: string, own?: FakeLabel): Reply | undefined {
  if (
    name === "" ||
    name.length > 225 ||
    reserved.test(name) ||
    name.split("/").some((part) => part !== part.trim() || part === "")
  )
    return invalid("Invalid label name");
  const taken = [...mailbox.labels.values()].some(
    (label) => label !== own && label.name.toLowerCase() === name.toLowerCase(),
  );
  return taken ? refuse(409, "aborted", "Label name exists or conflicts") : undefined;
}

function makeLabel(mailbox: FakeMailbox, name: string): Reply {
  return labelFault(mailbox, name) ?? ok(toldLabel(mailbox.label(name)));
}

function renameLabel(mailbox: FakeMailbox, id: string, name: string): Reply {
  const label = mailbox.labels.get(id);
  if (label === undefined || label.type === "system") return missing("label");
  const fault = labelFault(mailbox, name, label);
  if (fault !== undefined) return fault;
  label.name = name;
  return ok(toldLabel(label));
}

/** Newest first, as they came. */
function list(mailbox: FakeMailbox, url: URL, clock: Pick<Clock, "now">): Reply {
  const wanted = url.searchParams.getAll("labelIds");
  const hidden = url.searchParams.get("includeSpamTrash") === "true" ? [] : ["SPAM", "TRASH"];
  const searched = /^rfc822msgid:<?([^<>]+)>?$/.exec(url.searchParams.get("q") ?? "")?.[1];
  const all = [...mailbox.messages.values()].toReversed().filter(({ raw, labels, found }) => {
    if (!wanted.every((id) => labels.has(id))) return false;
    if (hidden.some((id) => labels.has(id) && !wanted.includes(id))) return false;
    return searched === undefined || (found <= clock.now() && headerOf(raw, "message-id") === `<${searched}>`);
  });
  const { some, next } = pageOf(all, url, 500);
  const messages = some.length === 0 ? {} : { messages: some.map(({ id }) => ({ id, threadId: id })) };
  return ok({ ...messages, resultSizeEstimate: all.length, ...next });
}

function toldMessage({ estimate }: FakeMailbox, message: FakeMessage, format: string): object {
  const { raw, internalDate, historyId } = message;
  return {
    ...brief(message),
    historyId: String(historyId),
    internalDate: String(internalDate),
    sizeEstimate: raw.length + estimate,
    ...(format === "raw" ? { raw: raw.toString("base64url") } : {}),
    ...(format === "metadata" || format === "full"
      ? { payload: { headers: fieldsOf(raw).map(([name, value]) => ({ name, value })) } }
      : {}),
  };
}

/** Unfolded, in their order. */
function fieldsOf(raw: Buffer): readonly (readonly [string, string])[] {
  const head = raw.toString("utf8").split(/\r?\n\r?\n/)[0] ?? "";
  return head
    .replace(/\r?\n([ \t])/g, "$1")
    .split(/\r?\n/)
    .flatMap((line) => {
      const colon = line.indexOf(":");
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()] as const] : [];
    });
}

const headerOf = (raw: Buffer, name: string): string | undefined =>
  fieldsOf(raw).find(([field]) => field.toLowerCase() === name)?.[1];

function modify(mailbox: FakeMailbox, message: FakeMessage, { json }: Ask): Reply {
  const add = (json["addLabelIds"] ?? []) as string[];
  const remove = (json["removeLabelIds"] ?? []) as string[];
  const unknown = [...add, ...remove].find((id) => !mailbox.labels.has(id) || id === "SENT" || id === "DRAFT");
  if (unknown !== undefined) return invalid(`Invalid label: ${unknown}`);
  mailbox.relabel(message, add, remove);
  return ok(brief(message));
}

const unraw = invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required");

function storeMessage(
  mailbox: FakeMailbox,
  { json, url }: Ask,
  octets: Buffer | undefined,
  imports: boolean,
  clock: Pick<Clock, "now">,
): Reply {
  if (octets === undefined || octets.length === 0) return unraw;
  if (octets.length > 157_286_400) return refuse(413, "uploadTooLarge");
  const labels = (json["labelIds"] ?? []) as string[];
  const wrong = labels.find((id) => !mailbox.labels.has(id) || id === "DRAFT");
  if (wrong !== undefined) return invalid(`Invalid label: ${wrong}`);
  const source = url.searchParams.get("internalDateSource") ?? (imports ? "dateHeader" : "receivedTime");
  const sent = source === "dateHeader" ? Date.parse(headerOf(octets, "date") ?? "") : Number.NaN;
  return ok(brief(mailbox.add(octets, labels, Number.isNaN(sent) ? clock.now() : sent)));
}

function storeDraft(mailbox: FakeMailbox, octets: Buffer | undefined, clock: Pick<Clock, "now">): Reply {
  if (octets === undefined || octets.length === 0) return unraw;
  const message = mailbox.add(octets, ["DRAFT"], clock.now());
  const id = `r${message.id}`;
  mailbox.drafts.set(id, message.id);
  return ok({ id, message: brief(message) });
}

function historyOf(mailbox: FakeMailbox, url: URL): Reply {
  const start = Number(url.searchParams.get("startHistoryId"));
  if (start < mailbox.floor() || start > mailbox.historyId()) return missing("history");
  const since = mailbox.history.filter(({ id }) => id > start);
  const { some, next } = pageOf(since, url, 500);
  const history = some.length === 0 ? {} : { history: some.map(toldEvent) };
  return ok({ ...history, historyId: String(mailbox.historyId()), ...next });
}

function toldEvent({ id, kind, message, labels, changed }: FakeEvent): object {
  const whose = { id: message, threadId: message };
  const whole = { message: { ...whose, labelIds: labels } };
  return {
    id: String(id),
    messages: [whose],
    [kind]: [kind.startsWith("labels") ? { ...whole, labelIds: changed } : whole],
  };
}
