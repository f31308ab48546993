import { promises as fs } from "node:fs";
import { join } from "node:path";
import { itemStoreContract, type Hands } from "../contract/item-store.ts";
import { createBench, emlHands, type Format, maildirHands, mboxHands } from "./archive.ts";

interface Case extends Format {
  readonly hands: (mailbox: string) => Hands;
  readonly limits: { readonly marks: boolean; readonly dateStep: number; readonly exact: boolean };
}

const mbox = (dialect: "mboxrd" | "mboxo" | "mboxcl2"): Case => ({
  format: "mbox",
  dialect,
  hands: (mailbox) => mboxHands(mailbox, dialect),
  limits: { marks: true, dateStep: 1000, exact: dialect !== "mboxo" },
});

const cases: Readonly<Record<string, Case>> = {
  maildir: { format: "maildir", hands: maildirHands, limits: { marks: true, dateStep: 1, exact: true } },
  mboxrd: mbox("mboxrd"),
  mboxo: mbox("mboxo"),
  mboxcl2: mbox("mboxcl2"),
  eml: { format: "eml", hands: emlHands, limits: { marks: false, dateStep: 1, exact: true } },
};

for (const [name, { hands, limits, ...format }] of Object.entries(cases)) {
  itemStoreContract(`archive as ${name}`, async () => {
    const bench = await createBench(format);
    const outside = hands(bench.mailbox);
    await fs.mkdir(bench.mailbox);
    await outside.folder(["INBOX"]);
    await fs.writeFile(join(bench.mailbox, ".hidden"), "not ours");
    return { store: await bench.store(), hands: outside, again: () => bench.store(), limits, close: bench.remove };
  });
}
