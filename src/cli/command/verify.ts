import type { Command } from "commander";
import { Fault } from "../../model/fault.ts";
import {
  type VerifyFlags,
  withAddresses,
  withCommon,
  withExample,
  withFormat,
  withManifests,
  withState,
} from "../flags.ts";
import type { Runner } from "../runner.ts";

export function defineVerify(program: Command, run: Runner): void {
  const command = program
    .command("verify")
    .summary("prove that every source message that should be there is there")
    .description(
      "Reads both sides of every mailbox anew and in full, compares them by count and fingerprint, and names what is not at the destination. Writes to neither side. Exits with 4 where something is missing, waits, or could not be read.",
    )
    .option("--content", "read the bodies on both sides, and compare their hashes")
    .option("--strict", "count what its user deleted at the destination as missing: a loss there looks the same")
    .option("--list <address>", "name every message of this mailbox that is not where it was brought")
    .option(
      "--manifest-out <folder>",
      "write a manifest of hashes of each mailbox into this folder, signed where the Migration names a key",
    )
    .option("--record", "remember which mailboxes were proved: their accounts may then be deleted at the source")
    .option("--manifest <path>", "hold the destination against such manifests instead: a file, or a folder of them")
    .option("--public-key <file>", "with --manifest: the key that must have signed, in PEM");
  withExample(
    withCommon(withFormat(withAddresses(withState(withManifests(command))))),
    "reconcile verify -f manifests",
    "reconcile verify --content --target mailbox/ana@example.com",
    "reconcile verify --content --manifest-out proofs",
    "reconcile verify --manifest proofs --public-key verify.pub",
  ).action((flags: VerifyFlags) =>
    run(flags, async (around) => {
      const { refuseFormatFlags } = await import("../render.ts");
      refuseFormatFlags(flags);
      refuseFlags(flags);
      const { withSession } = await import("../session.ts");
      const { holdAgainst, prove } = await import("../verifying.ts");
      return withSession(flags, around, (session) =>
        flags.manifest === undefined ? prove(session, flags) : holdAgainst(session, flags, flags.manifest),
      );
    }),
  );
}

/** What asks for the source cannot apply where it is not read. */
function refuseFlags(flags: VerifyFlags): void {
  const refused =
    flags.manifest === undefined
      ? (["publicKey"] as const).filter((flag) => flags[flag] !== undefined)
      : (["content", "manifestOut", "record"] as const).filter((flag) => flags[flag] !== undefined);
  const [flag] = refused;
  if (flag === undefined) return;
  const name = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new Fault({
    code: "flag.inapplicable",
    message: `${name} cannot apply ${flags.manifest === undefined ? "without" : "to"} --manifest`,
    spoils: "run",
    remedy: "leave it out",
  });
}
