/** A Google endpoint over the fake, with time that nobody waits for. */
import type { Endpoint } from "../../src/contract/endpoint.ts";
import { openEndpoint } from "../../src/endpoint/index.ts";
import type { Event } from "../../src/model/event.ts";
import type { GoogleEndpointSpec } from "../../src/model/spec.ts";
import { type FakeGoogle, startFakeGoogle } from "../servers/google/fake.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export interface Workspace {
  readonly fake: FakeGoogle;
  readonly clock: VirtualClock;
  /** What endpoints told. */
  readonly events: Event[];
  open(spec?: Partial<GoogleEndpointSpec>): Promise<Endpoint>;
}

/** Throws where something went over the wire that Google does not describe. */
export function described({ violations }: Pick<FakeGoogle, "violations">): void {
  if (violations.length > 0) throw new Error([...new Set(violations)].slice(0, 20).join("\n"));
}

/** The key is asked for by this name. */
const keyName = "GOOGLE_KEY";

export async function startWorkspace(settings: { readonly tokenLasts?: number } = {}): Promise<Workspace> {
  const clock = createVirtualClock(Date.UTC(2026, 0, 5, 9));
  const fake = await startFakeGoogle({ clock, ...settings });
  const events: Event[] = [];
  return {
    fake,
    clock,
    events,
    open: (spec = {}) => openEndpoint("google", specOf(fake, spec), surroundingsOf(fake, clock, events)),
  };
}

export const specOf = (fake: FakeGoogle, more: Partial<GoogleEndpointSpec> = {}): GoogleEndpointSpec => ({
  type: "google",
  serviceAccount: { env: keyName },
  admin: fake.admin,
  apiUrl: fake.url,
  ...more,
});

function surroundingsOf(fake: FakeGoogle, clock: VirtualClock, events: Event[]): Parameters<typeof openEndpoint>[2] {
  return {
    secret: async () => fake.key,
    clock,
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
  };
}
