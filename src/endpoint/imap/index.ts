import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Open, OwnerSight, UseOptions } from "../../contract/endpoint.ts";
import type { Options } from "../../contract/options.ts";
import { asFault, Fault } from "../../model/fault.ts";
import type { Naming } from "../../model/item.ts";
import type { Owner } from "../../model/resource.ts";
import type { ImapEndpointSpec } from "../../model/spec.ts";
import { createCalm } from "./calm.ts";
import { connect, type Line, type Server } from "./connect.ts";
import { createLogins, type Login } from "./login.ts";
import { listOwners, unlisted } from "./owners.ts";
import { learnNaming } from "./naming.ts";
import { createParking, type Held, sayGoodbye } from "./parking.ts";
import type { Profile } from "./profile/profile.ts";
import { createRecall } from "./recall.ts";
import { createImapStore } from "./store.ts";

const loopback = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** The host that the manifest names, else the one that its provider has; a provider may have several. */
function hostOf(about: string, { host, provider }: ImapEndpointSpec, profile: Profile | undefined): string {
  if (host !== undefined) return host;
  const hosts = profile?.hosts.map(({ value }) => value) ?? [];
  const exact = hosts.filter((each) => !each.includes("*"));
  if (exact.length === 1 && exact[0] !== undefined) return exact[0];
  throw new Fault({
    code: "host.missing",
    message: `${provider} has ${exact.length === 0 ? "no host that is the same for everybody" : `more hosts than one: ${exact.join(", ")}`}`,
    spoils: "endpoint",
    about,
    remedy: "write host",
  });
}

/** What is known of providers is much to read, and for few. */
async function profileOf(provider: string): Promise<Profile | undefined> {
  const { profileNamed } = await import("./profile/table.ts");
  return profileNamed(provider);
}

async function serverOf(about: string, spec: ImapEndpointSpec): Promise<Server> {
  const profile = spec.provider === undefined ? undefined : await profileOf(spec.provider);
  const known = profile?.connection.value;
  const { tls = known?.tls ?? "implicit", allowPlaintext = false, timeout = 120, ca } = spec;
  const host = hostOf(about, spec, profile);
  const port = spec.port ?? (known?.tls === tls ? known.port : tls === "implicit" ? 993 : 143);
  if (tls === "none" && !allowPlaintext && !loopback.test(host))
    throw new Fault({
      code: "tls.required",
      message: `${host} would be spoken to without TLS: passwords and mail would travel readable`,
      spoils: "endpoint",
      about,
      remedy: "write tls: implicit or starttls, or allowPlaintext: true if the network is your own",
    });
  return { about, host, port, tls, ca: ca === undefined ? undefined : await anchorOf(ca), silence: timeout * 1000 };
}

async function anchorOf(path: string): Promise<string> {
  try {
    const pem = await readFile(path, "utf8");
    // Node passes over what is no certificate, and then trusts nobody without a word.
    void new X509Certificate(pem);
    return pem;
  } catch (thrown) {
    throw asFault(thrown, {
      code: "ca.unreadable",
      message: `The authority's certificate cannot be read (${(thrown as NodeJS.ErrnoException).code ?? "no PEM"})`,
      spoils: "endpoint",
      about: path,
      remedy: "write its PEM file: a text that begins with -----BEGIN CERTIFICATE-----",
    });
  }
}

/** Opens a mail server: nothing is connected before a mailbox is opened. Throws `host.missing`, `tls.required` and `ca.unreadable`. */
export const open: Open = async (name, spec, context) => {
  const imap = spec as ImapEndpointSpec;
  const server = await serverOf(name, imap);
  const logins = createLogins(name, imap, context);
  const calm = createCalm(name, context);
  const parking = createParking(context.clock, context.budget);
  const recall = createRecall();
  let naming: Promise<Naming> | undefined;

  let trip = Number.POSITIVE_INFINITY;

  /** A server that has enough of us may have room once what nobody uses is closed. Whom it refuses it has let in. */
  async function dial(login: Login, signal: AbortSignal): Promise<Line> {
    const { closed } = parking;
    const line = await connect(server, login, signal).catch(async (thrown: unknown) => {
      if (!(thrown instanceof Fault) || thrown.code === "login.refused" || signal.aborted) throw thrown;
      await parking.clear();
      // Others may have made room since this was refused.
      if (parking.closed === closed) throw thrown;
      return connect(server, login, signal);
    });
    trip = Math.min(trip, line.trip);
    return line;
  }

  async function lineFor(owner: Owner): Promise<Line> {
    const { signal } = context;
    const login = await logins.of(owner);
    try {
      return await dial(login, signal);
    } catch (thrown) {
      calm.note(thrown);
      const refused = thrown instanceof Fault && thrown.code === "login.refused";
      const renewed = refused ? await logins.renewed(owner, login) : undefined;
      if (renewed === undefined) throw thrown;
      return dial(renewed, signal);
    }
  }

  /** What cannot be had is done without: nobody waits for it, and a server that refuses it is not asked again. */
  async function another(owner: Owner): Promise<Held | undefined> {
    const { budget, signal } = context;
    const parked = parking.take(owner.user);
    if (parked !== undefined) return parked;
    const release = await budget.spare(signal).catch(() => undefined);
    if (release === undefined) return undefined;
    try {
      return { line: await dial(await logins.of(owner), signal), release };
    } catch {
      release();
      return undefined;
    }
  }

  /** A parked line has its connection already. */
  async function heldFor(owner: Owner, { signal, admitted }: UseOptions): Promise<Held> {
    const parked = parking.take(owner.user);
    if (parked !== undefined) return parked;
    const release = await context.budget.connection(signal);
    admitted?.();
    try {
      await calm.wait();
      return { line: await lineFor(owner), release };
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  async function openStore(owner: Owner, how: UseOptions) {
    return createImapStore(await heldFor(owner, how), how, {
      about: name,
      user: owner.user,
      budget: context.budget,
      clock: context.clock,
      silence: server.silence,
      open: () => lineFor(owner),
      calm: calm.wait,
      note: calm.note,
      trip: () => trip,
      naming: (on, prefix) => {
        naming ??= learnNaming(on, prefix).catch((thrown: unknown) => {
          naming = undefined;
          throw thrown;
        });
        return naming;
      },
      more: () => another(owner),
      recall,
      keep: (held) => parking.keep(owner.user, held),
    });
  }

  /** A file of passwords names everybody who can be logged in to; else whoever an administrator is shown. */
  async function* owners({ signal }: Options): AsyncGenerator<OwnerSight> {
    const named = await logins.named();
    if (named !== undefined) {
      for (const user of named) if (user !== "") yield { user };
      return;
    }
    const own = await logins.own();
    if (own === undefined)
      throw unlisted(name, "Nobody's login but the users' own is known, and no user is shown the others");
    const release = await context.budget.connection(signal);
    try {
      await calm.wait();
      const line = await dial(own, signal).catch((thrown: unknown) => {
        const refused = thrown instanceof Fault && thrown.code === "login.refused";
        throw refused
          ? unlisted(name, `${own.user} cannot log in for itself, so the server cannot be asked for its users`)
          : thrown;
      });
      try {
        yield* await listOwners(line, name);
      } finally {
        await sayGoodbye(line);
      }
    } finally {
      release();
    }
  }

  return {
    directory: {},
    owners,
    items: { message: openStore },
    rates: context.budget.rates,
    async *check(request, options) {
      const { checkServer } = await import("./check/index.ts");
      yield* checkServer({ name, spec: imap, server, budget: context.budget, connect: lineFor }, request, options);
    },
    close: parking.clear,
  };
};
