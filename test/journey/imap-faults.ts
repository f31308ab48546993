/** Manifests of moves between mail servers where each mailbox has its own way, and what a test looks at afterwards. */
import { expect, onTestFinished } from "vitest";
import { expectCode } from "./expect-code.ts";
import { openPlace, type Place, type Running } from "./run.ts";

/** An endpoint's spec beside its type and login. */
type Line = Readonly<Record<string, string | number>>;

/** A mailbox from one endpoint to another, each user by the name and the password `secret`. */
interface Mailbox {
  readonly from: string;
  readonly user: string;
  readonly to: string;
  readonly as: string;
  readonly mode?: "copy" | "mirror";
  /** Message-IDs of what is left behind knowingly. */
  readonly skip?: readonly string[];
}

const document = (kind: string, name: string, spec: object): string =>
  JSON.stringify({ apiVersion: "reconcile/v1", kind, metadata: { name }, spec });

interface Move {
  readonly place: Place;
  /** Writes the manifests, anew where they were there. */
  declare(endpoints: Readonly<Record<string, Line>>, mailboxes: readonly Mailbox[]): Promise<void>;
  start(...more: readonly string[]): Running;
  /** `apply`, with the exit code that is expected; resolves to all that it printed. */
  apply(code: number, env?: Readonly<Record<string, string>>): Promise<string>;
  /** A second plan finds nothing to do, and nothing that waits. */
  expectNothingToDo(): Promise<void>;
}

export async function openMove(): Promise<Move> {
  const place = await openPlace();
  onTestFinished(() => place.remove());
  const apply = ["apply", "--auto-approve"];
  return {
    place,
    declare: async (endpoints, mailboxes) => {
      const [first] = mailboxes;
      const login = { method: "user", password: { file: "../secret" } };
      const documents = [
        ...Object.entries(endpoints).map(([name, line]) =>
          document("Endpoint", name, {
            type: "imap",
            tls: "none",
            host: "127.0.0.1",
            timeout: 1,
            auth: login,
            ...line,
          }),
        ),
        document("Migration", "move", { source: { mail: first?.from }, destination: { mail: first?.to } }),
        ...mailboxes.map(({ from, user, to, as, mode = "copy", skip = [] }) =>
          document("Mailbox", `${as}@example.com`, {
            mode,
            ...(skip.length === 0 ? {} : { messages: { skip: skip.map((id) => ({ id, reason: "refused" })) } }),
            source: { endpoint: from, user },
            destination: { endpoint: to, user: as },
          }),
        ),
      ];
      await place.write({ "manifests/move.yaml": documents.join("\n---\n"), secret: "secret\n" });
    },
    start: (...more) => place.start([...apply, ...more]),
    apply: async (code, env = {}) => {
      const ended = await place.run(apply, { env });
      expectCode(ended, code);
      return ended.stdout + ended.stderr;
    },
    expectNothingToDo: async () => {
      const plan = await place.run(["plan", "--detailed-exitcode"]);
      expectCode(plan, 0);
      expect(plan.stdout).toMatch(/^No changes\. Everything is as the manifests say\.$/m);
    },
  };
}
