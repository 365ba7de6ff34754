import { UsageError } from './exit-status.js';

/** Reads the values of `--header`: each is split at its first `=`. */
export function readHeaders(texts: readonly string[]): [name: string, value: string][] {
  return texts.map(text => {
    const at = text.indexOf('=');
    const name = trimmed(text.slice(0, Math.max(at, 0)));
    const value = trimmed(text.slice(at + 1));
    const fault = faultOf(at, name, value);
    if (fault !== null) throw new UsageError(`--header ${JSON.stringify(text)} ${fault}`);
    return [name, value];
  });
}

/** Without the blanks that the wire does not carry. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

function faultOf(at: number, name: string, value: string): string | null {
  if (at < 0) return 'is not name=value';
  if (name === '') return 'has no name';
  if (value === '') return 'has no value';
  if (/[:\r\n]/.test(name) || /[\r\n]/.test(value)) return 'holds a line break, or a colon in its name';
  // What two Peers tell each other is theirs.
  if (name.startsWith('rx-')) return 'begins with rx-, which is reserved';
  return null;
}
