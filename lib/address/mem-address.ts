import type { Message } from '../message/message.js';
import { formatRequest, invalidAddress, type Side } from './address-header.js';

/** An address inside this process. Names are process-wide; nothing of it ever leaves the process. */
export class MemAddress {
  /** Tells the kinds of address apart. */
  readonly kind = 'mem';
  /** Whether it is to be listened on, or connected to. */
  readonly side: Side;
  /** The name; on a server the empty string asks for a free one. */
  readonly name: string;

  /** As `memServer` and `memClient` make it; throws TofuError `invalid_address` for what is none. */
  constructor(side: Side, name: string) {
    if (typeof name !== 'string' || /[\r\n]/.test(name) || name !== name.trim()) {
      throw invalidAddress('in-process name', name, 'is no name (CR, LF and outer spaces are not allowed)');
    }
    if (side === 'client' && name === '')
      throw invalidAddress('in-process name', name, 'is empty: there is nothing to connect to');
    this.side = side;
    this.name = name;
  }

  /** Makes `message` the request that opens this address: channel, id and `more` are reset, other headers and the body stay. */
  format(message: Message): void {
    formatRequest(message, this.side, this.toString());
  }

  /** As in its header: `mem|name`. */
  toString(): string {
    return `mem|${this.name}`;
  }

  /** The address that is left of a `mem|` header; throws where it is none. */
  static parse(side: Side, text: string): MemAddress {
    return new MemAddress(side, text);
  }
}

/**
 * The in-process name that a server listens on.
 *
 * @param name the default `''` asks for a free one, which the WelcomeResponse's `~listen_on` tells
 * @throws TofuError `invalid_address` for a name with line breaks or outer spaces
 */
export function memServer(name = ''): MemAddress {
  return new MemAddress('server', name);
}

/**
 * The in-process name that a client connects to.
 *
 * @throws TofuError `invalid_address` for an empty name, or one with line breaks or outer spaces
 */
export function memClient(name: string): MemAddress {
  return new MemAddress('client', name);
}
