import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Where ports are looked for: below those that the system gives to outgoing connections, or one of those may take a server's port while it restarts. */
const range = { low: 20_000, high: firstEphemeral() };
/** Parts of it, one for each of Vitest's workers: to look whether a port is free is to take it for an instant, from whoever begins to serve. */
const parts = 8;
const width = Math.floor((range.high - range.low) / parts);
const first = range.low + (Number(process.env["VITEST_POOL_ID"] ?? 0) % parts) * width;
const given = new Set<number>();

function firstEphemeral(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}

/** True when nobody listens on 127.0.0.1 there. */
export async function portIsFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once("error", () => resolve(false));
  server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

/** So many ports that were free on 127.0.0.1 a moment ago, none given twice by this process. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count; tries += 1) {
    if (tries > 10_000) throw new Error(`No port of ${first} to ${first + width - 1} is left on 127.0.0.1`);
    const port = first + Math.floor(Math.random() * width);
    if (given.has(port) || !(await portIsFree(port))) continue;
    given.add(port);
    found.push(port);
  }
  return found;
}
