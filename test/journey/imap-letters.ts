/** Letters that are known by their subject, put, marked, moved and deleted on a server as their user would. */
import type { ImapClient, Stored } from "../servers/imap-client.ts";

export interface Letters {
  put(folder: string, subject: string, marks?: readonly string[]): Promise<void>;
  remove(subject: string): Promise<void>;
  mark(subject: string, how: "+FLAGS" | "-FLAGS", mark: string): Promise<void>;
  move(subject: string, folder: string): Promise<void>;
  /** `subject: folder marks` for every message, in order. Folders are paths with `/`. */
  all(): Promise<readonly string[]>;
}

const date = Date.UTC(2021, 4, 17, 8, 30, 15);

const octetsOf = (subject: string): Buffer =>
  Buffer.from(
    `Message-ID: <${subject.replaceAll(" ", ".")}@example.com>\r\nSubject: ${subject}\r\n\r\nThis is ${subject}.\r\n`,
  );

const subjectOf = ({ body }: Stored): string => /^Subject: (.+)\r$/mu.exec(body.toString())?.[1] ?? "";

/** As `all` tells of one. */
export const line = (subject: string, folder: string, marks: readonly string[] = []): string =>
  `${subject}: ${[folder, ...marks.toSorted()].join(" ")}`;

export async function lettersOf(client: ImapClient): Promise<Letters> {
  const { prefix, separator } = await client.namespace();
  const nameOf = (folder: string) => client.nameOf(folder.split("/"));
  const pathOf = (name: string) =>
    (name.startsWith(prefix) ? name.slice(prefix.length) : name).replaceAll(separator ?? "/", "/");

  async function* stored(): AsyncIterable<readonly [name: string, one: Stored]> {
    for (const name of await client.holding()) for (const one of await client.fetchAll(name)) yield [name, one];
  }

  async function find(subject: string): Promise<readonly [name: string, uid: number]> {
    for await (const [name, one] of stored()) if (subjectOf(one) === subject) return [name, one.uid];
    throw new Error(`there is no ${subject}`);
  }

  async function folder(path: string): Promise<string> {
    const name = await nameOf(path);
    if (!(await client.list()).some((each) => each.name === name)) await client.create(name);
    return name;
  }

  return {
    put: async (path, subject, marks = []) => {
      await client.append(await folder(path), octetsOf(subject), marks, date);
    },
    remove: async (subject) => {
      await client.expunge(...(await find(subject)));
    },
    mark: async (subject, how, mark) => {
      await client.store(...(await find(subject)), how, [mark]);
    },
    move: async (subject, path) => {
      await client.move(...(await find(subject)), await folder(path));
    },
    all: async () => {
      const lines: string[] = [];
      for await (const [name, one] of stored()) lines.push(line(subjectOf(one), pathOf(name), one.flags));
      return lines.toSorted();
    },
  };
}
