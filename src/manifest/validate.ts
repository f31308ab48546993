import { accepts } from "./accepts.ts";
import { found, typeOf } from "./expected.ts";
import { spotOf, type YamlDocument } from "./parse.ts";
import type { Problem } from "./problem.ts";

/** Checks a document against its kind's schema; none means that it is one. What explains a refusal is loaded for the first. */
export async function validateDocument(document: YamlDocument): Promise<readonly Problem[]> {
  if (typeOf(document.value) !== "object") {
    const message = `expected a manifest (a map with apiVersion, kind, metadata and spec), found ${found(document.value, false)}`;
    return [{ spot: spotOf(document, []), message }];
  }
  if (accepts(document.value)) return [];
  const { objectionsTo } = await import("./objections.ts");
  return objectionsTo(document);
}
