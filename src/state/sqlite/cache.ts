import type Database from "better-sqlite3";

/** In KiB. A mailbox's journal is mostly walked from end to end, for which a cache does little; by default every connection may take 16 MB. */
const size = 4000;

/** Bounds what a connection keeps in memory, whatever the state's size. Temporary tables have a cache of their own. */
export function keepCacheSmall(db: Database.Database): void {
  db.pragma(`cache_size = -${size}`);
  db.pragma(`temp.cache_size = -${size}`);
}
