import type { Origin, SecretRef } from "../model/resource.ts";
import type { SecretReference } from "../model/spec.ts";
import { resolve } from "node:path";
import { spotOf, type YamlDocument } from "./parse.ts";
import type { Part } from "./places.ts";
import type { Note, Problem, Spot } from "./problem.ts";
import { originAt } from "./source.ts";

/** A part of a document: what a resource or a reference was read from. */
export interface Place {
  readonly document: YamlDocument;
  readonly path: readonly string[];
  readonly part: Part;
}

export function placeIn(document: YamlDocument, path: readonly string[], part: Part = "value"): Place {
  return { document, path, part };
}

export function below(place: Place, ...steps: readonly string[]): Place {
  return { document: place.document, path: [...place.path, ...steps], part: "value" };
}

export function originOf(place: Place): Origin {
  return originAt(place.document.source, place.document.startAt(place.path, place.part));
}

function spotAt(place: Place): Spot {
  return spotOf(place.document, place.path, place.part);
}

export function noteAt(place: Place, message: string): Note {
  return { spot: spotAt(place), message };
}

export function problemAt(place: Place, message: string, remedy?: string, also?: readonly Note[]): Problem {
  return {
    ...noteAt(place, message),
    ...(remedy === undefined ? {} : { remedy }),
    ...(also === undefined ? {} : { also }),
  };
}

/** Paths are relative to the file that says them. */
export function pathAt(place: Place, path: string): string {
  return resolve(place.document.source.folder, path);
}

/** A secret's reference, with the line that asks for it and its file's path in full. */
export function secretAt(place: Place, reference: SecretReference): SecretRef {
  const at = originOf(place);
  return "file" in reference ? { file: pathAt(place, reference.file), at } : { ...reference, at };
}
