/** The date-time of APPEND and INTERNALDATE (RFC 3501 §9): seconds, in a zone. */
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const form = /^([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([-+])(\d\d)(\d\d)$/;

const two = (value: number): string => String(value).padStart(2, "0");

/** Of milliseconds since 1970, in UTC. */
export function dateText(ms: number): string {
  const at = new Date(ms);
  const day = `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${String(at.getUTCFullYear()).padStart(4, "0")}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** Milliseconds since 1970 UTC. */
export function dateOf(text: string): number {
  const found = form.exec(text);
  if (!found) throw new Error(`no IMAP date: ${text}`);
  const [, day, month = "", year, hour, minute, second, sign, zoneHours, zoneMinutes] = found;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === "-" ? -1 : 1);
  const at = new Date(0);
  at.setUTCFullYear(Number(year), months.indexOf(month), Number(day));
  at.setUTCHours(Number(hour), Number(minute) - zone, Number(second));
  return at.getTime();
}
