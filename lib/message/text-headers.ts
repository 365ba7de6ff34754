import type { ChangeGuard } from './body.js';
import { describe } from './describe.js';
import { MAX_HEADERS_BYTES } from './limits.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/**
 * The named values of a message, in order; names may repeat and are case-sensitive. On the wire they are
 * `name:value` lines ended by CRLF (protocol.md section 1).
 */
export interface TextHeaders extends Iterable<[name: string, value: string]> {
  /** Bytes the headers take on the wire, 0..65535. */
  readonly byteLength: number;
  /**
   * Adds a header behind the others. Spaces and tabs around name and value are trimmed off.
   *
   * @throws TofuError `invalid_message` when the name is empty or holds `:`, CR or LF, or the value is empty or
   * holds CR or LF; `invalid_headers_len` past 65535 bytes; `not_allowed` on a message that was pushed. The
   * headers stay as they were.
   */
  append(name: string, value: string): void;
  /** The first value under `name`, or undefined. */
  get(name: string): string | undefined;
  /** Every value under `name`, in order. */
  getAll(name: string): string[];
  /** Whether there is a header `name`. */
  has(name: string): boolean;
  /** Removes all headers. */
  clear(): void;
}

const CRLF = '\r\n';

/**
 * A header block: the bytes that were read, kept as they are so that an untouched block is sent on byte for
 * byte, and the lines that were appended since, as text. Parsed only when somebody asks.
 */
export class HeaderBlock implements TextHeaders {
  readonly #guard: ChangeGuard;
  #buffer: Buffer | null;
  #start: number;
  #rawLength: number;
  #tail: string;
  #tailLength: number;
  #parsed: [string, string][] | null;

  constructor(guard: ChangeGuard, buffer: Buffer | null, start: number, byteLength: number) {
    this.#guard = guard;
    this.#buffer = buffer;
    this.#start = start;
    this.#rawLength = byteLength;
    this.#tail = '';
    this.#tailLength = 0;
    this.#parsed = null;
  }

  get byteLength(): number {
    return this.#rawLength + this.#tailLength;
  }

  append(name: string, value: string): void {
    this.#guard.assertChangeable();
    const line = headerLine(name, value);
    const isFirst = this.#tailLength === 0;
    const kept = isFirst ? this.#lengthRead() : this.#rawLength;
    const gap = isFirst && !this.#endsLine(kept) ? CRLF : '';
    const added = gap.length + Buffer.byteLength(line, 'utf8');
    const total = kept + this.#tailLength + added;
    if (total > MAX_HEADERS_BYTES) {
      throw new TofuError(
        Status.invalidHeadersLen,
        `text headers of ${String(total)} bytes are over the limit of ${String(MAX_HEADERS_BYTES)} (adding ${quoted(name)})`,
      );
    }
    this.#rawLength = kept;
    this.#tail += gap + line;
    this.#tailLength += added;
    this.#parsed = null;
  }

  get(name: string): string | undefined {
    return this.#lines().find(header => header[0] === name)?.[1];
  }

  getAll(name: string): string[] {
    return this.#lines()
      .filter(header => header[0] === name)
      .map(header => header[1]);
  }

  has(name: string): boolean {
    return this.#lines().some(header => header[0] === name);
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const [name, value] of this.#lines()) yield [name, value];
  }

  clear(): void {
    this.#guard.assertChangeable();
    this.#setText('');
  }

  /** Removes every header `name`; the others keep their order. */
  remove(name: string): void {
    this.#guard.assertChangeable();
    const lines = this.#lines();
    if (!lines.some(header => header[0] === name)) return;
    this.#setText(
      lines
        .filter(header => header[0] !== name)
        .map(header => `${header[0]}:${header[1]}${CRLF}`)
        .join(''),
    );
  }

  /** Writes the block at `at` of `target`, which has room for all of it. */
  writeTo(target: Buffer, at: number): void {
    if (this.#buffer !== null) this.#buffer.copy(target, at, this.#start, this.#start + this.#rawLength);
    if (this.#tailLength > 0) target.write(this.#tail, at + this.#rawLength, this.#tailLength, 'utf8');
  }

  /** Lets go of a chunk that this block would pin. */
  compact(): void {
    if (this.#buffer === null || this.#buffer.length === this.#rawLength) return;
    this.#buffer = Buffer.from(this.#buffer.subarray(this.#start, this.#start + this.#rawLength));
    this.#start = 0;
  }

  /** Becomes a copy of `other`, byte for byte, which keeps nothing of it. */
  takeCopyOf(other: HeaderBlock): void {
    this.#setText('');
    this.#buffer = other.#buffer;
    this.#start = other.#start;
    this.#rawLength = other.#rawLength;
    this.compact();
    this.#tail = other.#tail;
    this.#tailLength = other.#tailLength;
  }

  #setText(text: string): void {
    this.#buffer = null;
    this.#start = 0;
    this.#rawLength = 0;
    this.#tail = text;
    this.#tailLength = Buffer.byteLength(text, 'utf8');
    this.#parsed = null;
  }

  #rawText(): string {
    return this.#buffer === null
      ? ''
      : this.#buffer.toString('utf8', this.#start, this.#start + this.#rawLength);
  }

  /**
   * How much of the block that was read anybody reads: a line whose name is empty ends it, and would hide every line
   * appended behind.
   */
  #lengthRead(): number {
    if (this.#buffer === null) return 0;
    const raw = this.#buffer.toString('latin1', this.#start, this.#start + this.#rawLength);
    if (raw.startsWith(':')) return 0;
    const stop = raw.indexOf(`${CRLF}:`);
    return stop < 0 ? raw.length : stop + CRLF.length;
  }

  /** A block that was read may end without CRLF; a line appended to it must not run on from its last one. */
  #endsLine(length: number): boolean {
    if (this.#buffer === null || length === 0) return true;
    const end = this.#start + length;
    return this.#buffer.toString('latin1', Math.max(this.#start, end - CRLF.length), end) === CRLF;
  }

  #lines(): [string, string][] {
    return (this.#parsed ??= parseHeaderLines(this.#rawText() + this.#tail));
  }
}

/**
 * Reads a header block: split at the first `:`, spaces and tabs around the value trimmed, empty lines skipped, an end at a
 * line whose name is empty; a line without `:` is a name with an empty value (protocol.md sections 1 and 10).
 */
function parseHeaderLines(text: string): [string, string][] {
  const headers: [string, string][] = [];
  for (const line of text.split(CRLF)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon === 0) break;
    if (colon < 0) headers.push([line, '']);
    else headers.push([line.slice(0, colon), trimmed(line.slice(colon + 1))]);
  }
  return headers;
}

/** One line as it is written; refuses what could not be read back as the same name and value. */
function headerLine(rawName: string, rawValue: string): string {
  if (typeof rawName !== 'string' || typeof rawValue !== 'string') {
    throw new TofuError(
      Status.invalidMessage,
      `header ${describe(rawName)} with value ${describe(rawValue)}: name and value are strings, nothing else`,
    );
  }
  const name = trimmed(rawName);
  const value = trimmed(rawValue);
  if (name === '') throw new TofuError(Status.invalidMessage, 'header name is empty');
  if (/[:\r\n]/.test(name)) {
    throw new TofuError(Status.invalidMessage, `header name ${quoted(name)} holds ":", CR or LF`);
  }
  if (value === '') throw new TofuError(Status.invalidMessage, `header ${quoted(name)}: the value is empty`);
  if (/[\r\n]/.test(value))
    throw new TofuError(Status.invalidMessage, `header ${quoted(name)}: the value holds CR or LF`);
  return `${name}:${value}${CRLF}`;
}

/**
 * Without the spaces and tabs around it. By hand: `[ \t]+$` begins anew at every blank in the middle, and a peer's 65,535 bytes of
 * blanks would take it seconds.
 */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (start < end && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  const char = text[at];
  return char === ' ' || char === '\t';
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
