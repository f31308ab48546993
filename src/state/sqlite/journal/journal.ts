import type { Journal } from "../../../contract/journal.ts";
import { openBook, type Readings, type Right } from "./book.ts";
import type { Connection } from "../connection.ts";
import { begin, drop, feeds, goOn } from "./feeds.ts";
import { fold } from "./fold.ts";
import { addIntent, closeIntent, intents } from "./intents.ts";
import { apply } from "./record.ts";
import { dropPlace, places, rename, setPlace } from "./routes.ts";
import { alike, counts, find, row, rows } from "./rows.ts";

/** A mailbox's journal over a connection. */
export function journalOf(connection: Connection, mailbox: number, readings: Readings, right: Right): Journal {
  const book = openBook(connection, mailbox, readings, right);
  const read = async <T>(work: () => T): Promise<T> => connection.read(work);
  const write = async <T>(work: () => T): Promise<T> => book.write(work);
  return {
    feeds: (side) => read(() => feeds(book, side)),
    begin: async (side, feed, whole = false) => {
      const known = await read(() => {
        right.check();
        return whole ? undefined : goOn(book, side, feed);
      });
      return known === undefined ? write(() => begin(book, side, feed, whole)) : known.cursor;
    },
    fold: (side, feed, page) => write(() => fold(book, side, feed, page)),
    drop: (side, feed) => write(() => drop(book, side, feed)),
    rows: (which, after, limit) => read(() => rows(book, which, after, limit)),
    rename: (side, from, to) => write(() => rename(book, side, from, to)),
    alike: (side, key, value) => read(() => alike(book, side, key, value)),
    row: (number) => read(() => row(book, number)),
    find: (side, place, id) => read(() => find(book, side, place, id)),
    record: (changes, closes) =>
      write(() => {
        for (const change of changes) apply(book, change);
        if (closes) closeIntent(book, closes.intent, closes.doubtful ?? false);
      }),
    intend: (intent) => book.keep(() => addIntent(book, intent)),
    intents: () => read(() => intents(book)),
    places: () => read(() => places(book)),
    setPlaces: (records) =>
      write(() => {
        for (const record of records) setPlace(book, record);
      }),
    dropPlace: (source) => write(() => dropPlace(book, source)),
    counts: () => read(() => counts(book)),
  };
}
