import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './exit-status.js';
import type { Flag } from './flags.js';

/** The whole numbers that a flag takes, and the one that it means when it is absent. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/** What stands behind the name of the command. Reading a value checks it: whatever is wrong is a UsageError that names the flag. */
export class Arguments {
  readonly #values: Record<string, unknown>;
  readonly #positionals: readonly string[];

  constructor(flags: readonly Flag[], args: readonly string[]) {
    const { values, positionals } = parse(flags, args);
    this.#values = values;
    this.#positionals = positionals;
  }

  /** The one positional argument. */
  only(name: string): string {
    const [value, further] = this.#positionals;
    if (value === undefined) throw new UsageError(`${name} is missing`);
    if (further !== undefined) {
      throw new UsageError(`${JSON.stringify(further)} is too much: one ${name} is all that is taken`);
    }
    return value;
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  /** Every value of a flag that may be repeated, in order. */
  texts(name: string): readonly string[] {
    return (this.#values[name] as string[] | undefined) ?? [];
  }

  integer(name: string, range: Range): number {
    return this.#number(name, range, /^\d{1,10}$/, 'whole number');
  }

  decimal(name: string, range: Range): number {
    return this.#number(name, range, /^\d{1,10}(?:\.\d{1,6})?$/, 'number');
  }

  #number(name: string, { min, max, fallback }: Range, form: RegExp, kind: string): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (form.test(text) && value >= min && value <= max) return value;
    throw new UsageError(`--${name} ${JSON.stringify(text)} is no ${kind} of ${String(min)}..${String(max)}`);
  }
}

interface Parsed {
  readonly values: Record<string, unknown>;
  readonly positionals: readonly string[];
}

function parse(flags: readonly Flag[], args: readonly string[]): Parsed {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const { name, short, value, isRepeatable } of flags) {
    options[name] = {
      type: value === undefined ? 'boolean' : 'string',
      multiple: isRepeatable === true,
      ...(short === undefined ? {} : { short }),
    };
  }
  try {
    const parsed = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
      tokens: true,
    });
    refuseRepeated(flags, parsed.tokens);
    return parsed;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))
      throw new UsageError(inOneSentence(error.message));
    throw error;
  }
}

/** Of two values one would be dropped in silence. */
function refuseRepeated(flags: readonly Flag[], tokens: readonly { kind: string; name?: string }[]): void {
  const seen = new Set<string>();
  for (const { kind, name } of tokens) {
    if (kind !== 'option' || name === undefined) continue;
    const flag = flags.find(known => known.name === name);
    if (seen.has(name) && flag?.value !== undefined && flag.isRepeatable !== true)
      throw new UsageError(`--${name} is given more than once`);
    seen.add(name);
  }
}

/** Node goes on with advice of its own, which our help gives better. */
function inOneSentence(text: string): string {
  const [, dashed] = /^Option '(?:-\w, )?(--[^' ]+)[^']*' argument is ambiguous/.exec(text) ?? [];
  if (dashed !== undefined)
    return `${dashed} has no value; one that begins with - is written ${dashed}=VALUE`;
  return (/^[^\n]*?(?=\.\s|\.?$|\n)/.exec(text)?.[0] ?? text).replace(/^Unknown/, 'unknown');
}
