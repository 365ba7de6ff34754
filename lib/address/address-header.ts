import { assertMessage } from '../message/assert-message.js';
import { describe } from '../message/describe.js';
import type { Message } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';

/** The header that carries the address of a HelloRequest (protocol.md section 4). */
export const CONNECT_TO = '~connect_to';
/** The header that carries the address of a WelcomeRequest and its response. */
export const LISTEN_ON = '~listen_on';

/** Which end of a connection an address is for: a server listens on it, a client connects to it. */
export type Side = 'server' | 'client';

/** Writes an address into a message and so makes it the request that opens a listener or a connection. */
export function formatRequest(message: Message, side: Side, address: string): void {
  assertMessage(message, 'format');
  message.opCode = side === 'server' ? OpCode.WelcomeRequest : OpCode.HelloRequest;
  message.channelNumber = 0;
  message.messageId = 0;
  message.more = false;
  const headers = message.textHeaders;
  headers.remove(CONNECT_TO);
  headers.remove(LISTEN_ON);
  headers.append(side === 'server' ? LISTEN_ON : CONNECT_TO, address);
}

/** The error for an address that can't be one: names the field and what it holds. */
export function invalidAddress(field: string, value: unknown, rule: string): TofuError {
  return new TofuError(Status.invalidAddress, `${field} ${describe(value)} ${rule}`);
}
