import type { Message } from '../message/message.js';
import { formatRequest, invalidAddress, type Side } from './address-header.js';

/** `sun_path` of Linux holds 108 bytes, the last of them NUL (protocol.md section 4). */
const MAX_PATH_BYTES = 107;

/** The address of a Unix domain socket: a path of at most 107 bytes. */
export class UdsAddress {
  /** Tells the kinds of address apart. */
  readonly kind = 'uds';
  /** Whether it is to be listened on, or connected to. */
  readonly side: Side;
  /** The path of the socket file; on a server the empty string asks for a free one. */
  readonly path: string;

  /** As `udsServer` and `udsClient` make it; throws TofuError `invalid_address` for what is none. */
  constructor(side: Side, path: string) {
    // A header value loses spaces and tabs at its end: the path would arrive as another one.
    if (typeof path !== 'string' || /[\0\r\n]|[ \t]$/.test(path)) {
      throw invalidAddress(
        'socket path',
        path,
        'is no path (NUL, CR, LF and a blank at the end are not allowed)',
      );
    }
    const bytes = Buffer.byteLength(path, 'utf8');
    if (bytes > MAX_PATH_BYTES) {
      throw invalidAddress(
        'socket path',
        path,
        `has ${String(bytes)} bytes, the limit is ${String(MAX_PATH_BYTES)}`,
      );
    }
    if (side === 'client' && path === '')
      throw invalidAddress('socket path', path, 'is empty: there is nothing to connect to');
    this.side = side;
    this.path = path;
  }

  /** Makes `message` the request that opens this address: channel, id and `more` are reset, other headers and the body stay. */
  format(message: Message): void {
    formatRequest(message, this.side, this.toString());
  }

  /** As in its header: `uds|/tmp/app.sock`. */
  toString(): string {
    return `uds|${this.path}`;
  }

  /** The address that is left of a `uds|` header; throws where it is none. */
  static parse(side: Side, text: string): UdsAddress {
    return new UdsAddress(side, text);
  }
}

/**
 * The socket file that a server listens on. It is made by listening and removed when the listener ends; a
 * stale one is replaced, a live one is not.
 *
 * @param path at most 107 bytes; the default `''` asks for a free one, which the WelcomeResponse's `~listen_on` tells
 * @throws TofuError `invalid_address` for a longer path
 */
export function udsServer(path = ''): UdsAddress {
  return new UdsAddress('server', path);
}

/**
 * The socket file that a client connects to.
 *
 * @param path 1..107 bytes
 * @throws TofuError `invalid_address` for an empty or a longer path
 */
export function udsClient(path: string): UdsAddress {
  return new UdsAddress('client', path);
}
