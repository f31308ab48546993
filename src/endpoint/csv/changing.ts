import type { DirectoryChange } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import type { Observed } from "../../model/resource.ts";

type Write<A extends DirectoryChange["act"]> = Extract<DirectoryChange, { act: A }>;

/** The files behind one kind, held for one batch: changes are made here, and reach the disk with `save`. */
export interface Book {
  find(name: string): Observed | undefined;
  create(change: Write<"create">): void;
  /** Throws the fault that this change alone meets. */
  update(change: Write<"update">): void;
  /** Throws the fault that this change alone meets. */
  remove(name: string): void;
  /** True once it is on the disk; false where a file is no longer the one that was read. */
  save(options: Options): Promise<boolean>;
}
