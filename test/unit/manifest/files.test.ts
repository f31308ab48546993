import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadManifests } from "../../../src/manifest/load.ts";
import { complaint, document, withFolder } from "./folder.ts";

const account = (name: string): string => document("Account", `${name}@b.c`, "{}");
const names = async (paths: readonly string[]): Promise<readonly string[]> =>
  (await loadManifests(paths)).resources.map((each) => each.name.replace("@b.c", ""));

describe("which files are read", () => {
  test("*.yaml and *.yml below a folder, but dot-files and dot-folders", async () => {
    const files = {
      "a.yaml": account("a"),
      "b.yml": account("b"),
      "deep/er/c.YAML": account("c"),
      "d.json": "no",
      "e.yaml.bak": "no",
      ".f.yaml": "no: [",
      ".git/g.yaml": "no: [",
      "deep/.h/h.yaml": "no: [",
    };
    await withFolder(files, async (folder) => expect(await names([folder])).toEqual(["a", "b", "c"]));
  });

  test("folders and files may be named, again and again: none is read twice", async () => {
    const files = { "one/a.yaml": account("a"), "two/b.yaml": account("b"), "c.txt": account("c") };
    await withFolder(files, async (folder) => {
      const at = (path: string): string => join(folder, path);
      expect(await names([at("one"), at("two/b.yaml")])).toEqual(["a", "b"]);
      expect(await names([at("one"), at("one/a.yaml"), at("one"), at("c.txt")])).toEqual(["a", "c"]);
    });
  });

  test("links are followed, and a circle of them ends", async () => {
    await withFolder({ "one/a.yaml": account("a"), "else/b.yaml": account("b") }, async (folder) => {
      symlinkSync("..", join(folder, "one/up"));
      symlinkSync(join(folder, "else"), join(folder, "one/linked"));
      symlinkSync("nowhere", join(folder, "one/broken"));
      expect(await names([join(folder, "one")])).toEqual(["a", "b"]);
    });
  });

  test("what is not there, what is empty", async () => {
    await withFolder({ "empty/readme.md": "" }, async (folder) => {
      const told = await loadManifests([join(folder, "none"), join(folder, "empty")]).catch((error: Error) =>
        error.message.replaceAll(folder, ""),
      );
      expect(told).toBe(`2 errors in the manifests

/empty:1:1: no *.yaml or *.yml below this folder
  → name the folder of the manifests with -f

/none:1:1: cannot be read: there is no such file or folder
  → name a folder or a file of manifests with -f`);
    });
  });

  test("what cannot be read does not make the rest seem wrong", async () => {
    const files = {
      "a.yaml": "a: [",
      "m.yaml":
        document("Migration", "m", "{destination: {mail: b}}") +
        document("DistributionList", "l@b.c", "{members: [x]}"),
    };
    expect(await complaint(files)).toMatch(/^1 error in the manifests\n\na\.yaml:1:5: /u);
  });
});
