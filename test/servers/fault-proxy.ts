/** A TCP proxy before a server's port, which loses, delays, cuts and answers as a test says (fault-rules.ts). TLS passes unread. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { carry } from "./fault-connection.ts";
import { type Connection, type Rules, tallyOf, type Way } from "./fault-rules.ts";

export type { Answer, Connection, Ending, Rules, Trap, Way } from "./fault-rules.ts";

/** Of every connection, or made for each; then its counts are its own. */
export type Script = Rules | ((connection: Pick<Connection, "index">) => Rules);

export interface FaultProxyOptions {
  /** The server's port on 127.0.0.1. */
  readonly to: number;
  /** The address that the server sees; 127.0.0.1. */
  readonly from?: string;
  readonly script?: Script;
  /** Keeps all bytes for `seen`; true. */
  readonly record?: boolean;
}

export interface FaultProxy {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Those that were carried to the server, the first first; not those refused. */
  readonly connections: readonly Connection[];
  /** Of all connections. */
  readonly total: {
    readonly connections: number;
    readonly turns: number;
    readonly bytes: Readonly<Record<Way, number>>;
  };
  /** Other rules from now on, also for connections under way. */
  use(script: Script): void;
  /** Ends every connection and closes the port. */
  stop(): Promise<void>;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { to, from = "127.0.0.1", record = true } = options;
  const connections: Connection[] = [];
  const sockets = new Set<Socket>();
  let script: Script = options.script ?? {};
  let made = new Map<number, Rules>();
  let count = 0;

  const rulesOf = (index: number): Rules => {
    if (typeof script !== "function") return script;
    const rules = made.get(index) ?? script({ index });
    made.set(index, rules);
    return rules;
  };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.setNoDelay(true).once("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const index = count;
    count += 1;
    keep(client).on("error", () => undefined);
    if (turnedAway(client, rulesOf(index))) return;
    const upstream = keep(connect({ port: to, host: "127.0.0.1", localAddress: from, allowHalfOpen: true }));
    connections.push(carry({ index, client, server: upstream, record, rules: () => rulesOf(index) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const sum = (of: (connection: Connection) => number): number =>
    connections.reduce((total, each) => total + of(each), 0);
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    connections,
    get total() {
      const bytes = { up: sum((each) => each.bytes.up), down: sum((each) => each.bytes.down) };
      return { connections: count, turns: sum((each) => each.turns), bytes };
    },
    use(next) {
      script = next;
      made = new Map();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

/** True for a connection that never gets to the server. */
function turnedAway(client: Socket, rules: Rules): boolean {
  const tally = tallyOf(rules);
  if (tally.done < (rules.refuse ?? 0)) {
    tally.done += 1;
    client.resetAndDestroy();
    return true;
  }
  if (rules.greeting === undefined) return false;
  client.resume();
  if (rules.greeting !== false) client.end(rules.greeting);
  return true;
}
