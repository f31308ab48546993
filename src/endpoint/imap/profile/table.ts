import { bluehost } from "./bluehost.ts";
import { carbonio } from "./carbonio.ts";
import { courier } from "./courier.ts";
import { cyrus } from "./cyrus.ts";
import { domino } from "./domino.ts";
import { dovecot } from "./dovecot.ts";
import { dreamhost } from "./dreamhost.ts";
import { fasthosts } from "./fasthosts.ts";
import { fastmail } from "./fastmail.ts";
import { gmail } from "./gmail.ts";
import { hostinger } from "./hostinger.ts";
import { icloud } from "./icloud.ts";
import { ionos } from "./ionos.ts";
import { mdaemon } from "./mdaemon.ts";
import { microsoft365 } from "./microsoft365.ts";
import type { Profile } from "./profile.ts";
import { scalahosting } from "./scalahosting.ts";
import { skyconnect } from "./skyconnect.ts";
import { titan } from "./titan.ts";
import { workmail } from "./workmail.ts";
import { yahoo } from "./yahoo.ts";
import { zimbra } from "./zimbra.ts";
import { zoho } from "./zoho.ts";

const table = {
  bluehost,
  carbonio,
  courier,
  cyrus,
  domino,
  dovecot,
  dreamhost,
  fasthosts,
  fastmail,
  gmail,
  hostinger,
  icloud,
  ionos,
  mdaemon,
  microsoft365,
  scalahosting,
  skyconnect,
  titan,
  workmail,
  yahoo,
  zimbra,
  zoho,
} satisfies Readonly<Record<string, Profile>>;

export type ProfileKey = keyof typeof table;

export const profiles: Readonly<Record<ProfileKey, Profile>> = table;

/** What `provider` may say in a manifest. */
export const profileKeys = Object.keys(table) as readonly ProfileKey[];

export function profileNamed(key: string): Profile | undefined {
  return Object.hasOwn(profiles, key) ? profiles[key as ProfileKey] : undefined;
}
