import { describe } from './describe.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';
import type { Body } from './body.js';
import type { TextHeaders } from './text-headers.js';

/** Headers to put on a message: a record (an array gives a repeated name) or `[name, value]` pairs in order. */
export type HeadersInit = Record<string, string | string[]> | Iterable<[string, string]>;

/** What a message carries, in the shortest form that says it: a body alone, or a body with headers. */
export type Payload = string | Uint8Array | { body?: string | Uint8Array; headers?: HeadersInit };

/** What a payload fills. */
interface Fillable {
  readonly textHeaders: TextHeaders;
  readonly body: Body;
}

/**
 * Appends `headers` to a message, in order.
 *
 * @throws TofuError `invalid_message` when `headers` is none of its forms; else as `textHeaders.append` does
 */
export function appendHeaders(message: Fillable, headers: HeadersInit): void {
  if (typeof headers !== 'object' || headers === null) {
    throw new TofuError(Status.invalidMessage, `headers ${describe(headers)} are no record and no pairs`);
  }
  if (Symbol.iterator in headers) {
    for (const pair of headers) {
      if (!Array.isArray(pair)) {
        throw new TofuError(Status.invalidMessage, `header ${describe(pair)} is no [name, value]`);
      }
      message.textHeaders.append(pair[0], pair[1]);
    }
    return;
  }
  for (const [name, values] of Object.entries(headers)) {
    if (!Array.isArray(values)) message.textHeaders.append(name, values);
    else for (const value of values) message.textHeaders.append(name, value);
  }
}

/**
 * Fills a message with a payload.
 *
 * @throws TofuError `invalid_message` when `payload` is none of its forms; else as `append` of headers and body do.
 */
export function fill(message: Fillable, payload: Payload): void {
  if (isPlain(payload)) {
    message.body.append(payload);
    return;
  }
  assertPayload(payload);
  if (payload.headers !== undefined) appendHeaders(message, payload.headers);
  if (payload.body !== undefined) message.body.append(payload.body);
}

/**
 * A payload has one of its forms: for those who have to know before there is a message to fill.
 *
 * @throws TofuError `invalid_message` when it has none
 */
export function assertPayload(payload: Payload): void {
  if (isPlain(payload) || isRecord(payload)) return;
  // The text may reach the peer: of the payload it tells no more than what it is.
  const what = Array.isArray(payload) ? 'array' : (payload as unknown) === null ? 'null' : typeof payload;
  throw new TofuError(
    Status.invalidMessage,
    `payload of type ${what} is no string, no Uint8Array and no { body, headers }`,
  );
}

/** Data that somebody forgot to make bytes of has neither, and would leave as an empty message. */
function isRecord(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  if ('body' in payload || 'headers' in payload) return true;
  const prototype: unknown = Object.getPrototypeOf(payload);
  return (
    (prototype === null || Object.getPrototypeOf(prototype) === null) && Reflect.ownKeys(payload).length === 0
  );
}

/** Whether a payload is a body alone: no code of the user's runs where it is read. */
export function isPlain(payload: unknown): payload is string | Uint8Array {
  return typeof payload === 'string' || payload instanceof Uint8Array;
}
