import { showNumber, showSize } from "../kind/normal.ts";

/** `1 message`, `12,431 messages`; the plural is the singular with an s where it is not given. */
export function showCount(value: number, one: string, many = `${one}s`): string {
  return `${showNumber(value)} ${value === 1 ? one : many}`;
}

/** A whole number of seconds as `4 s`, `3 min 20 s`, `2 h 5 min`; `under 1 s` below. */
export function showDuration(ms: number): string {
  if (ms < 1000) return "under 1 s";
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`;
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${Math.floor(seconds / 3600)} h${minutes === 0 ? "" : ` ${minutes} min`}`;
}

/** `1.4 MiB/s`. */
export function showRate(bytes: number, ms: number): string {
  return `${showSize(ms <= 0 ? 0 : Math.round((bytes * 1000) / ms))}/s`;
}

/** `14:02:11Z` of an ISO 8601 time; another text comes back as it is. */
export function showTime(iso: string): string {
  return /T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso)?.[1]?.concat("Z") ?? iso;
}

/** `2026-11-20 14:02:11Z`. */
export function showInstant(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}
