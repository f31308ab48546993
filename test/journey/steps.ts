/** A manifest that people edit line by line, each edit planned, seen and carried out. */
import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { expectCode } from "./expect-code.ts";
import type { Place } from "./run.ts";

export interface Steps {
  /** Puts one text of the manifest in place of another, which it has once. */
  edit(from: string, to: string): Promise<void>;
  /** A plan shows these changes and no other, such as `~ account/ana@example.com`, and is the plan's text. */
  shows(...changes: readonly string[]): Promise<string>;
  /** Carries out what the manifests say, after which a plan is empty. */
  apply(...options: readonly string[]): Promise<void>;
  /** An apply that the safety rules hold back. */
  refused(...options: readonly string[]): Promise<string>;
}

export function stepsOf(place: Place, manifest: string, env: Readonly<Record<string, string>> = {}): Steps {
  const file = place.path(manifest);
  const apply = (options: readonly string[]) => place.run(["apply", "--auto-approve", ...options], { env });
  return {
    async edit(from, to) {
      const parts = (await readFile(file, "utf8")).split(from);
      expect(parts, `${from} in ${manifest}`).toHaveLength(2);
      await writeFile(file, parts.join(to));
    },
    async shows(...changes) {
      const { stdout, stderr } = await place.run(["plan"], { env });
      expect(headlines(stdout), `${stdout}${stderr}`).toEqual(changes.toSorted());
      return stdout;
    },
    async apply(...options) {
      expectCode(await apply(options), 0);
      expectCode(await place.run(["plan", "--detailed-exitcode"], { env }), 0);
    },
    async refused(...options) {
      const ended = await apply(options);
      expectCode(ended, 5);
      return ended.stdout;
    },
  };
}

const headlines = (plan: string): readonly string[] =>
  Array.from(plan.matchAll(/^ {2}([-+~=!]) (\w+\/\S+)/gmu), ([, sign, address]) => `${sign} ${address}`).toSorted();
