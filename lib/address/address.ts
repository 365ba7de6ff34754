/**
 * Addresses: where a listener listens and a client connects (protocol.md section 4). An address travels as a text header
 * of the message that asks for it. This room reads and writes that header; it resolves and opens nothing.
 */
import { assertMessage } from '../message/assert-message.js';
import type { Message } from '../message/message.js';
import { MessageType } from '../message/op-code.js';
import { TofuError } from '../message/tofu-error.js';
import { CONNECT_TO, invalidAddress, LISTEN_ON, type Side } from './address-header.js';
import { MemAddress } from './mem-address.js';
import { TcpAddress } from './tcp-address.js';
import { UdsAddress } from './uds-address.js';

/**
 * A place to listen on or to connect to. Code that takes an `Address` works with every transport: all it does is
 * `address.format(message)` and post.
 */
export type Address = TcpAddress | UdsAddress | MemAddress;

const KINDS = { tcp: TcpAddress, uds: UdsAddress, mem: MemAddress } as const;

/**
 * Reads an address as it stands in its header, such as `tcp|127.0.0.1|7099`.
 *
 * @throws TofuError `invalid_address` where it is none
 */
export function addressFromText(side: Side, text: string): Address {
  const bar = text.indexOf('|');
  const kind = text.slice(0, Math.max(bar, 0));
  if (kind !== 'tcp' && kind !== 'uds' && kind !== 'mem') {
    throw invalidAddress('address', text, 'begins with none of tcp|, uds| and mem|');
  }
  return KINDS[kind].parse(side, text.slice(bar + 1));
}

/** The text of the address header that a message of this type carries; undefined where there is none. */
export function addressText(message: Message): string | undefined {
  if (message.type === MessageType.welcome) return message.textHeaders.get(LISTEN_ON);
  if (message.type === MessageType.hello) return message.textHeaders.get(CONNECT_TO);
  return undefined;
}

/**
 * The address that a Welcome or Hello message carries: a server's from `~listen_on`, a client's from `~connect_to`. The first
 * header counts where there are two.
 *
 * @returns null on other messages, and where the header is missing or unusable
 * @throws TofuError `null_message` for null and undefined, `invalid_message` for what is no message
 * @example
 * const welcome = await group.waitReceive();
 * const bound = welcome && parseAddress(welcome); // where port 0 was asked for: the port that was taken
 */
export function parseAddress(message: Message): Address | null {
  assertMessage(message, 'parseAddress');
  const text = addressText(message);
  if (text === undefined) return null;
  try {
    return addressFromText(message.type === MessageType.welcome ? 'server' : 'client', text);
  } catch (error) {
    if (error instanceof TofuError) return null;
    throw error;
  }
}
