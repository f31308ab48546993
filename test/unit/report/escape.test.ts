import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeJson, escapeLine, escapeMarkdown } from "../../../src/report/escape.ts";

/** What a terminal obeys, by Unicode's own classes: controls, line and paragraph separators, lone surrogates, formatting characters. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u200b\ufeff]/u;
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\u001b]0;title\u0007",
      "\u009b31m",
      "\u202e",
      "\u2066",
      "\ud800",
      "\r\n",
      "|",
      "`",
      "<script>",
      "](http://a)",
      "@team",
      "#1",
      "\\",
      "**",
      "&lt;",
      "www.a.example",
      "$x$",
      "-->",
      "\u{e0041}",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
});

describe("text from outside", () => {
  it.each([
    ["Ana Ruiz", "Ana Ruiz"],
    ["Zoë 山田 👩‍👧", "Zoë 山田 👩\\u{200d}👧"],
    ["a\nb\tc", "a\\nb\\tc"],
    ["\u001b[31mred\u001b]8;;http://evil\u0007", "\\u{1b}[31mred\\u{1b}]8;;http://evil\\u{7}"],
    ["\u009bK", "\\u{9b}K"],
    ["abc\u202ecba", "abc\\u{202e}cba"],
    ["\ud800", "\\u{d800}"],
  ])("%j on a line is %j", (text, expected) => {
    expect(escapeLine(text)).toBe(expected);
  });

  it("steers no terminal", () => {
    fc.assert(fc.property(nasty, (text) => void expect(escapeLine(text)).not.toMatch(steering)));
  });

  it("stays in its Markdown cell", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const safe = escapeMarkdown(text);
        expect(safe).not.toMatch(steering);
        expect(safe).not.toMatch(/[|`<>*_[\]\\~$@:!]|www\./i);
        expect(safe.replace(/&#\d+;/g, "")).not.toMatch(/[&#]/);
      }),
    );
  });

  it.each([
    ["a | b", "a &#124; b"],
    ["<img src=x onerror=alert(1)>", "&#60;img src=x onerror=alert(1)&#62;"],
    ["@everyone #12", "&#64;everyone &#35;12"],
    ["https://evil.example", "https&#58;//evil.example"],
    ["![x](y)", "&#33;&#91;x&#93;(y)"],
  ])("%j in Markdown is %j", (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it("in JSON says the same, and steers nothing", () => {
    fc.assert(
      fc.property(fc.array(nasty), (texts) => {
        const json = escapeJson(JSON.stringify(texts, undefined, 2));
        expect(JSON.parse(json)).toEqual(texts);
        expect(json.replaceAll("\n", "")).not.toMatch(steering);
      }),
    );
  });
});
