import type { Options } from "../../../contract/options.ts";
import type { Rounds } from "../../http/round.ts";
import { type Answered, answeredOf, isDone, listOf, type Loose, looseOf, textOf } from "../answer.ts";
import { ownLink } from "../link.ts";
import { bodyOf, type Cmdlet } from "./cmdlet.ts";
import type { Exchange } from "./exchange.ts";
import { isReading, refusedCmdlet } from "./refusal.ts";

/** A mailbox of every tenant that stands for the tenant itself, so that a request reaches its servers. */
const anchor = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

export interface InvokeSettings {
  readonly about: string;
  /** Exchange Online, without a slash at its end. */
  readonly url: string;
  readonly tenant: string;
  readonly rounds: Rounds;
}

/**
 * Cmdlets by the admin API that Microsoft's own PowerShell module speaks (`InvokeCommand`). Microsoft documents it for nobody else, and may
 * change it.
 */
export function createInvokeCommand({ about, url, tenant, rounds }: InvokeSettings): Exchange {
  const path = `${url}/adminapi/beta/${encodeURIComponent(tenant)}/InvokeCommand`;

  function send(cmdlet: Cmdlet, at: string, signal: AbortSignal): Promise<Answered> {
    return rounds.run(
      {
        what: cmdlet.name,
        repeatable: isReading(cmdlet),
        charges: [{ name: "exchange" }],
        spoils: "item",
        once: async (token, during) => {
          const response = await fetch(at, {
            method: "POST",
            signal: during,
            body: JSON.stringify(bodyOf(cmdlet)),
            headers: {
              authorization: `Bearer ${token}`,
              "content-type": "application/json",
              "x-anchormailbox": `UPN:${anchor}@${tenant}`,
              "x-cmdletname": cmdlet.name,
              "x-responseformat": "json",
              prefer: "odata.maxpagesize=1000",
            },
          });
          return answeredOf(response.status, response.headers, new Uint8Array(await response.arrayBuffer()));
        },
      },
      signal,
    );
  }

  return {
    async run(cmdlet, { signal }: Options) {
      const all: Loose[] = [];
      let at = path;
      for (;;) {
        const answered = await send(cmdlet, at, signal);
        if (!isDone(answered)) throw refusedCmdlet(cmdlet, wordsOf(answered), about);
        all.push(...listOf(answered.body["value"]));
        const next = textOf(answered.body["@odata.nextLink"]);
        if (next === undefined) return all;
        at = ownLink(next, url, about);
      }
    },
    close: async () => {},
  };
}

/** An error may hold the cmdlet's own one, deeper down. */
function wordsOf({ body, status }: Answered): string {
  const error = looseOf(body["error"]);
  const [detail] = listOf(error["details"]);
  const words = [error["code"], error["message"], detail?.["message"], looseOf(error["innererror"])["message"]];
  const said = words.flatMap((each) => textOf(each) ?? []);
  return said.length === 0 ? `status ${status}` : said.join(": ");
}
