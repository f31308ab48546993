import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const given = ["Ana", "Bo", "Cy", "Dörte", "Eva", "Fritz", "Gül", "Håkan", "Ida", "João"];
const family = ["Ruiz", "Ek", "Lund", "Øst", "Novák", "Meyer", "Çelik", "Åkesson", "Papp", "Gonçalves"];

interface Person {
  readonly user: string;
  readonly given: string;
  readonly family: string;
}

const domain = "harbour.example";

function person(number: number): Person {
  return {
    user: `p${number}`,
    given: given[number % given.length] ?? "",
    family: `${family[Math.floor(number / 10) % family.length]} ${number}`,
  };
}

const everybody = (accounts: number): readonly Person[] => Array.from({ length: accounts }, (_, at) => person(at));

const endpoint = (name: string): string =>
  `apiVersion: reconcile/v1\nkind: Endpoint\nmetadata: {name: ${name}}\nspec: {type: csv, path: ../${name}}\n`;

const migration = `apiVersion: reconcile/v1
kind: Migration
metadata: {name: company}
spec:
  source: {directory: old}
  destination: {directory: new}
`;

/** Every account is written, every second with an alias; a list for every hundred. */
function written(accounts: number): string {
  const people = everybody(accounts).map(({ user, given, family }, at) => {
    const alias = at % 2 === 0 ? `, aliases: [a.${user}]` : "";
    return `    ${user}: {displayName: ${given} ${family}, givenName: ${given}, familyName: ${family}, quota: 10GB${alias}}`;
  });
  const lists = Array.from({ length: Math.ceil(accounts / 100) }, (_, at) => {
    const members = everybody(accounts)
      .slice(at * 100, at * 100 + 100)
      .map(({ user }) => user);
    return `    team${at}: {displayName: Team ${at}, members: [${members.join(", ")}]}`;
  });
  return domainOf(["  accounts:", ...people, "  lists:", ...lists]);
}

/** Every account is a row of the source's table. */
const found = domainOf(["  accountsFrom:", "    defaults: {quota: 10GB}"]);

function domainOf(lines: readonly string[]): string {
  return `apiVersion: reconcile/v1\nkind: Domain\nmetadata: {name: ${domain}}\nspec:\n${lines.join("\n")}\n`;
}

/** `accounts.csv`; of the first so many the name is another one. */
function table(accounts: number, differing: number): string {
  const rows = everybody(accounts).map(({ user, given, family }, at) => {
    const name = at < differing ? `${family}, ${given}` : `${given} ${family}`;
    return `${user}@${domain},"${name}",${given},${family},10GB`;
  });
  return `address,displayName,givenName,familyName,quota\n${rows.join("\n")}\n`;
}

/** One company of so many accounts: three folders with manifests for the same people, each beside its directories. */
export async function layCompany(folder: string, accounts: number): Promise<void> {
  const header = table(0, 0);
  const files = {
    "written/manifests/people.yaml": written(accounts),
    "written/old/accounts.csv": header,
    "written/new/accounts.csv": header,
    "found/manifests/people.yaml": found,
    "found/old/accounts.csv": table(accounts, 0),
    "found/new/accounts.csv": header,
    "changed/manifests/people.yaml": found,
    "changed/old/accounts.csv": table(accounts, 0),
    "changed/new/accounts.csv": table(accounts, 50),
  };
  for (const [name, text] of Object.entries(files)) await put(join(folder, name), text);
  for (const each of ["written", "found", "changed"]) {
    await put(join(folder, each, "manifests/endpoints.yaml"), `${endpoint("old")}---\n${endpoint("new")}`);
    await put(join(folder, each, "manifests/migration.yaml"), migration);
  }
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
