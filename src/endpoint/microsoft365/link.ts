import { Fault } from "../../model/fault.ts";

/** Where a page goes on: links are opaque but for their beginning, and a token is sent nowhere else. Throws `answer.foreign`. */
export function ownLink(link: string, base: string, about: string): string {
  if (link.startsWith(`${base}/`)) return link;
  throw new Fault({
    code: "answer.foreign",
    message: `A page is said to go on elsewhere than at ${base}`,
    spoils: "endpoint",
    about,
    remedy: "look at `services`: they are those of this tenant's cloud",
  });
}
