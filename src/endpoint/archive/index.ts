import type { Clock, Endpoint, Open } from "../../contract/endpoint.ts";
import type { ItemStore } from "../../contract/item-store.ts";
import { Fault } from "../../model/fault.ts";
import type { ArchiveEndpointSpec } from "../../model/spec.ts";
import { check } from "./check.ts";
import { createEmlStore } from "./eml/store.ts";
import { guarded } from "./guarded.ts";
import { createMaildirStore } from "./maildir/store.ts";
import { findMailbox, findRoot, type Mailbox } from "./mailbox.ts";
import { createMboxStore } from "./mbox/store.ts";
import { owners } from "./owners.ts";
import type { Emit } from "../../model/event.ts";

type Formats = Readonly<
  Record<
    ArchiveEndpointSpec["format"],
    (mailbox: Mailbox, spec: ArchiveEndpointSpec, clock: Clock, emit: Emit) => ItemStore
  >
>;

const formats: Formats = {
  maildir: (mailbox, _, clock) => createMaildirStore(mailbox, clock),
  mbox: (mailbox, spec, clock, emit) => createMboxStore(mailbox, spec.dialect ?? "mboxrd", clock, emit),
  eml: (mailbox, _, clock) => createEmlStore(mailbox, clock),
};

/** A folder of mail on disk: `path` holds a folder a mailbox, named as its user. Throws `archive.missing` when a mailbox is opened. */
export const open: Open = async (name, spec, { clock, emit }): Promise<Endpoint> => {
  const archive = requireArchive(name, spec);
  return {
    directory: {},
    items: {
      message: async (owner) => {
        const mailbox = await findMailbox(await findRoot(archive.path), owner.user);
        return guarded(formats[archive.format](mailbox, archive, clock, emit), owner.user);
      },
    },
    owners: (options) => owners(archive.path, options),
    check: (request, options) => check(name, archive, request, options),
    close: async () => {},
  };
};

function requireArchive(name: string, spec: { readonly type: string }): ArchiveEndpointSpec {
  if (spec.type === "archive") return spec as ArchiveEndpointSpec;
  throw new Fault({ code: "endpoint.unknown", message: `${spec.type} is no archive`, spoils: "endpoint", about: name });
}
