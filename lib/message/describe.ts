import { inspect } from 'node:util';

/** A value that is refused, for the text of the error. Never throws itself, whatever the value is. */
export function describe(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 256)) : inspect(value, { depth: 0 });
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
