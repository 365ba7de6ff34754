/** What would move the cursor, colour the screen or turn the reading direction of a terminal. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text on one line, with everything that a terminal would act on written as an escape. */
export function visible(text: string): string {
  return text.replace(HIDDEN, character => {
    const named = NAMED.get(character);
    return named ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** The bytes as text, where they are text: valid UTF-8 without control characters, but for line breaks and tabs. */
export function textOf(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
  return /(?![\n\r\t])\p{Cc}/u.test(text) ? null : text;
}
