/**
 * The headers by which two Peers understand each other, beside the protocol's own fields. To a peer that is not rxtofu they are
 * ordinary headers.
 */
import { RX_WINDOW } from '../engine/credit-headers.js';
import { INITIAL_WINDOW } from '../engine/receive-credit.js';
import { type EngineMessage } from '../message/engine-message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** On a `last` Response: the request failed; the value says why, in one line. */
export const RX_ERROR = 'rx-error';
/** On an empty `last` Request or Response: the stream has ended, and this frame is no part of it. */
export const RX_END = 'rx-end';
export { RX_CANCEL, RX_HEARTBEAT } from '../engine/credit-headers.js';

const RESERVED = 'rx-';
const MAX_ERROR_BYTES = 1024;

/** What a Peer answers when the reason is nobody's business but its own. */
export const INTERNAL_ERROR = 'internal error';

/** Offers credit in a hello (design section 6). */
export function offerCredit(hello: EngineMessage, { maxWindow }: { readonly maxWindow: number }): void {
  hello.textHeaders.append(RX_WINDOW, String(Math.min(INITIAL_WINDOW, maxWindow)));
}

/** The first name of a Peers' header on this message. */
export function reservedName(message: EngineMessage): string | undefined {
  if (message.headersByteLength() === 0) return undefined;
  for (const [name] of message.textHeaders) if (name.startsWith(RESERVED)) return name;
  return undefined;
}

/**
 * Refuses headers that begin with `rx-`: they are the Peers' own.
 *
 * @throws TofuError `not_allowed`
 */
export function assertNoReserved(message: EngineMessage): void {
  const name = reservedName(message);
  if (name === undefined) return;
  throw new TofuError(
    Status.notAllowed,
    `header ${JSON.stringify(name)}: names that begin with "rx-" are the Peers' own`,
  );
}

/** The value of a Peers' header; undefined on nearly every message, at the price of one comparison. */
export function reservedHeader(message: EngineMessage, name: string): string | undefined {
  return message.headersByteLength() === 0 ? undefined : message.textHeaders.get(name);
}

/** One line of at most 1 KiB, as `rx-error` carries it. */
export function errorLine(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ').trim();
  let cut = line.slice(0, MAX_ERROR_BYTES);
  while (Buffer.byteLength(cut, 'utf8') > MAX_ERROR_BYTES) cut = cut.slice(0, -16);
  return cut === '' ? INTERNAL_ERROR : cut;
}

/** What may be told of a handler's error: only a TofuError was made to be read by others. */
export function errorText(error: unknown): string {
  return error instanceof TofuError ? error.message : INTERNAL_ERROR;
}
