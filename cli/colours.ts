import type { WriteStream } from 'node:tty';

const CODES = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: keyof typeof CODES, text: string) => string;

/** Leaves texts as they are. */
export const plain: Paint = (_colour, text) => text;

const coloured: Paint = (colour, text) => `\u001b[${String(CODES[colour])}m${text}\u001b[0m`;

/** Colours on a terminal that has them, unless NO_COLOR forbids it; nowhere else. */
export function paintFor(stream: WriteStream | NodeJS.WriteStream): Paint {
  // Whether it has colours is Node's to know: it looks at NO_COLOR, FORCE_COLOR and TERM.
  return stream.isTTY && stream.hasColors() ? coloured : plain;
}
