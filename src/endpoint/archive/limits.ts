/** How much goes in one batch: a file a message, or one append. */
export const batchItems = 200;
export const batchBytes = 8 * 1024 * 1024;

/** Entries in one page. */
export const pageSize = 500;

/** Files looked at, or written, at once. */
export const atOnce = 16;

/** Octets read at once. */
export const chunkSize = 256 * 1024;

/** A header block larger than this is cut when it is asked for. */
export const headerLimit = 1024 * 1024;

/** The longest name that we give a file, in octets; file systems take 255, and programs beside us add suffixes. */
export const nameLimit = 200;

/** A time this near to now, in milliseconds, proves nothing: another change may carry the same one. */
export const racy = 2000;

/** How far the file system's clock may stand behind ours, in milliseconds: it ticks more slowly. */
export const tick = 50;

/** How often a file is looked for that others rename meanwhile: each time may fail, and none of them proves that it is gone. */
export const mostTries = 32;
