/** Tells our files from other SQLite databases: "rcnl" (`PRAGMA application_id`). */
export const applicationId = 0x72636e6c;

/** The columns of one side of a message, `s` for the source and `d` for the destination. */
const side = (s: string) => `
  ${s}_place INTEGER,
  ${s}_id TEXT,
  ${s}_there INTEGER,
  ${s}_date REAL,
  ${s}_size INTEGER,
  ${s}_marks TEXT,
  ${s}_object TEXT,
  ${s}_revision TEXT,
  ${s}_seen INTEGER,
  ${s}_fingerprint BLOB,
  ${s}_loose BLOB,`;

/** Partial indexes list what is to do, so that nobody walks a million settled rows to find three. */
const sideIndexes = (s: string) => `
CREATE INDEX message_${s}_key ON message(${s}_place, ${s}_id) WHERE ${s}_place IS NOT NULL;
CREATE INDEX message_${s}_fresh ON message(row) WHERE how IS NULL AND ${s}_there = 1;
CREATE INDEX message_${s}_fresh_place ON message(${s}_place, row) WHERE how IS NULL AND ${s}_there = 1;
CREATE INDEX message_${s}_absent ON message(row) 
  WHERE (how IS NOT NULL OR ${s}_place IS NOT NULL AND fault ->> 'code' = 'item.unknown') AND (${s}_there = 0 OR ${s}_id IS NULL);`;

/** A copy mostly has its original's keys: only the destination's own ones take room in an index of theirs. */
const keyIndexes = (key: string) => `
CREATE INDEX message_s_${key} ON message(s_${key}) WHERE s_${key} IS NOT NULL;
CREATE INDEX message_d_${key} ON message(d_${key}) WHERE d_${key} IS NOT s_${key} AND d_${key} IS NOT NULL;`;

/**
 * The state's versions, in order; `PRAGMA user_version` is the number of those applied. Never edit one that was released: add the next.
 *
 * A message's rowid is its mailbox's id times 2^32 plus its number, so that a mailbox is one range of every index.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE lease (
  migration INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  holder TEXT,
  since REAL NOT NULL,
  heartbeat REAL NOT NULL
) STRICT;
CREATE TABLE ledger (
  migration INTEGER NOT NULL,
  address TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (migration, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  migration INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  command TEXT NOT NULL,
  plan TEXT,
  begun REAL NOT NULL,
  ended REAL,
  state TEXT NOT NULL,
  exit INTEGER
) STRICT;
CREATE INDEX run_newest ON run(migration, id);
CREATE TABLE step (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  step TEXT NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (run, step)
) STRICT;
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY,
  migration INTEGER NOT NULL,
  address TEXT NOT NULL,
  last INTEGER NOT NULL DEFAULT 0,
  UNIQUE (migration, address)
) STRICT;
CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  mailbox INTEGER NOT NULL,
  side TEXT NOT NULL,
  name TEXT NOT NULL,
  epoch TEXT NOT NULL,
  complete INTEGER NOT NULL,
  version TEXT,
  cursor TEXT,
  UNIQUE (mailbox, side, name)
) STRICT;
CREATE TABLE place (
  id INTEGER PRIMARY KEY,
  mailbox INTEGER NOT NULL,
  side TEXT NOT NULL,
  name TEXT NOT NULL,
  feed INTEGER,
  UNIQUE (mailbox, side, name)
) STRICT;
CREATE INDEX place_feed ON place(feed);
CREATE TABLE route (
  mailbox INTEGER NOT NULL,
  source TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (mailbox, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE intent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox INTEGER NOT NULL,
  place TEXT NOT NULL,
  bookmark TEXT NOT NULL,
  atomic INTEGER NOT NULL,
  doubtful INTEGER NOT NULL DEFAULT 0,
  items TEXT NOT NULL
) STRICT;
CREATE INDEX intent_mailbox ON intent(mailbox);
CREATE TABLE intent_row (
  row INTEGER NOT NULL,
  intent INTEGER NOT NULL,
  PRIMARY KEY (row, intent)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
  row INTEGER PRIMARY KEY,${side("s")}${side("d")}
  how TEXT,
  marks TEXT,
  shown TEXT,
  met INTEGER,
  changed INTEGER NOT NULL DEFAULT 0,
  fault TEXT,
  tries INTEGER NOT NULL DEFAULT 0
) STRICT;${sideIndexes("s")}${sideIndexes("d")}${keyIndexes("fingerprint")}${keyIndexes("loose")}
CREATE INDEX message_changed ON message(row) WHERE changed = 1;
CREATE INDEX message_pending ON message(row) WHERE fault IS NOT NULL;
CREATE INDEX message_deleted ON message(row) WHERE how IS NOT NULL AND s_there = 1 AND d_there = 0;
CREATE INDEX message_paired ON message(how, row) WHERE how IS NOT NULL AND s_there = 1 AND d_there = 1;
`,
  `
CREATE TABLE measure (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  migration INTEGER NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  magnitude INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  others INTEGER NOT NULL,
  seconds REAL NOT NULL
) STRICT;
CREATE INDEX measure_newest ON measure(migration, source, destination, magnitude, id);
`,
  // By the second key only what is no pair is ever looked for.
  `
DROP INDEX message_s_loose;
DROP INDEX message_d_loose;
CREATE INDEX message_s_loose ON message(s_loose) WHERE how IS NULL AND s_loose IS NOT NULL;
CREATE INDEX message_d_loose ON message(d_loose) WHERE how IS NULL AND d_loose IS NOT NULL;
`,
];

/** The tables of a mailbox's journal, which a draft copies. */
export const journalTables = ["mailbox", "feed", "place", "route", "intent", "intent_row", "message"] as const;
