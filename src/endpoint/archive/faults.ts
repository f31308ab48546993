import { interrupted, Fault, type Spoils } from "../../model/fault.ts";
import { type DiskPath, errnoOf, shown } from "./disk.ts";

interface Meaning {
  readonly code: string;
  readonly message: string;
  /** Where it reaches further than what was being done. */
  readonly spoils?: Spoils;
  readonly remedy: string;
}

const full: Meaning = {
  code: "archive.full",
  message: "There is no space left",
  spoils: "endpoint",
  remedy: "make room on the disk, then run again",
};
const denied: Meaning = {
  code: "archive.denied",
  message: "The system refuses access",
  remedy: "give the user that runs this the right to it",
};
const layout: Meaning = {
  code: "archive.layout",
  message: "There is something else in this place",
  remedy: "see what it is, and whether the format of the endpoint is right",
};
const busy: Meaning = {
  code: "archive.busy",
  message: "Too many files are open",
  spoils: "endpoint",
  remedy: "raise the limit on open files (ulimit -n), then run again",
};

const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: { ...full, code: "archive.quota", message: "The quota on this disk is used up" },
  EROFS: {
    code: "archive.readOnly",
    message: "The file system can only be read",
    spoils: "endpoint",
    remedy: "mount it for writing, or choose another path",
  },
  EACCES: denied,
  EPERM: denied,
  ENOENT: { code: "archive.gone", message: "It is no longer there", remedy: "run again" },
  EISDIR: layout,
  ENOTDIR: layout,
  EEXIST: layout,
  EIO: {
    code: "archive.broken",
    message: "The disk cannot read or write it",
    remedy: "check the disk, and its copies",
  },
  ELOOP: {
    code: "archive.outside",
    message: "It is a link, which is not followed",
    remedy: "put the thing itself in its place",
  },
  ENAMETOOLONG: {
    code: "archive.name",
    message: "The name is too long for this file system",
    remedy: "map the folder to a shorter name",
  },
  EFBIG: { code: "archive.tooLarge", message: "The file may not become larger", remedy: "raise the limit (ulimit -f)" },
  EMFILE: busy,
  ENFILE: busy,
};

/** What the system threw, as a fault that says what it spoils. Whatever is a fault already, or no error of the disk, stays as it is. */
export function diskFault(thrown: unknown, spoils: Spoils, about: string): unknown {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof Error && thrown.name === "AbortError") return interrupted();
  const errno = errnoOf(thrown);
  if (errno === undefined) return thrown;
  const { code, message, remedy, spoils: further = spoils } = meanings[errno] ?? failed(errno);
  return new Fault({
    code,
    message: `${message} (${errno})`,
    spoils: further,
    retry: "later",
    about,
    remedy,
    cause: thrown,
  });
}

const failed = (errno: string): Meaning => ({
  code: "archive.failed",
  message: `The system says ${errno}`,
  remedy: "check the disk, then run again",
});

/** The fault, where it spoils no more than one place or one item; thrown on where it does. */
export function faultOf(thrown: unknown, spoils: "place" | "item", about: string): Fault {
  const fault = diskFault(thrown, spoils, about);
  if (fault instanceof Fault && fault.spoils === spoils) return fault;
  throw fault;
}

/** A path that leaves the endpoint's folder through a link. */
export function leaves(path: DiskPath, spoils: Spoils): Fault {
  return new Fault({
    code: "archive.outside",
    message: "It is a link to a place outside the endpoint's path, which is not followed",
    spoils,
    about: shown(path),
    remedy: "put the thing itself in its place, or widen the endpoint's path",
  });
}

export function noPlace(id: string): Fault {
  return new Fault({
    code: "place.missing",
    message: "The folder is not there",
    spoils: "place",
    retry: "later",
    about: id,
    remedy: "run again",
  });
}

export function badName(part: string, why: string): Fault {
  return new Fault({
    code: "archive.name",
    message: `A folder cannot be called ${JSON.stringify(part)}: ${why}`,
    spoils: "place",
    about: part,
    remedy: "map the folder to another name",
  });
}

export function itemGone(id: string): Fault {
  return new Fault({ code: "item.gone", message: "The message is no longer there", spoils: "item", about: id });
}

export function itemConflict(id: string): Fault {
  return new Fault({
    code: "item.conflict",
    message: "The message was changed by somebody else meanwhile",
    spoils: "item",
    retry: "later",
    about: id,
    remedy: "run again",
  });
}

/** It is there, under another name each time: nobody may take it for gone. */
export function itemRestless(id: string): Fault {
  return new Fault({
    code: "item.restless",
    message: "The message's file is renamed faster than it can be opened",
    spoils: "item",
    retry: "later",
    about: id,
    remedy: "run again when fewer programs are at work in the folder",
  });
}

/** A body whose octets are not as many as was said: it was cut, and must not be taken for whole. */
export function itemCut(key: string, said: number, came: number): Fault {
  return new Fault({
    code: "item.cut",
    message: `The message should have ${said} octets, and ${came} came`,
    spoils: "item",
    retry: "later",
    about: key,
    remedy: "run again",
  });
}
