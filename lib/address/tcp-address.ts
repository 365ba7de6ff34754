import type { Message } from '../message/message.js';
import { formatRequest, invalidAddress, type Side } from './address-header.js';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 7099;
const MAX_PORT = 65_535;

/** A TCP address: host name, IPv4 or IPv6, and port. */
export class TcpAddress {
  /** Tells the kinds of address apart. */
  readonly kind = 'tcp';
  /** Whether it is to be listened on, or connected to. */
  readonly side: Side;
  /** The host; on a server the empty string means all interfaces. */
  readonly host: string;
  /** The port; on a server 0 asks for a free one. */
  readonly port: number;

  /** As `tcpServer` and `tcpClient` make it; throws TofuError `invalid_address` for what is none. */
  constructor(side: Side, host: string, port: number) {
    const lowest = side === 'server' ? 0 : 1;
    if (typeof host !== 'string' || /[|\r\n\t ]/.test(host)) {
      throw invalidAddress('host', host, 'is no host name, IPv4 or IPv6 address');
    }
    if (!Number.isInteger(port) || port < lowest || port > MAX_PORT) {
      throw invalidAddress('port', port, `is no integer of ${String(lowest)}..${String(MAX_PORT)}`);
    }
    this.side = side;
    this.host = side === 'client' && host === '' ? DEFAULT_HOST : host;
    this.port = port;
  }

  /** Makes `message` the request that opens this address: channel, id and `more` are reset, other headers and the body stay. */
  format(message: Message): void {
    formatRequest(message, this.side, this.toString());
  }

  /** As in its header: `tcp|127.0.0.1|7099`. */
  toString(): string {
    return `tcp|${this.host}|${String(this.port)}`;
  }

  /** The address that is left of a `tcp|` header; throws where it is none. */
  static parse(side: Side, text: string): TcpAddress {
    const [host, port, ...more] = text.split('|');
    if (host === undefined || port === undefined || more.length > 0 || !/^\d{1,5}$/.test(port)) {
      throw invalidAddress('tcp address', text, 'is not host|port');
    }
    return new TcpAddress(side, host, Number(port));
  }
}

/**
 * The TCP address that a server listens on.
 *
 * @param host default `127.0.0.1`; `''` and `0.0.0.0` listen on all interfaces
 * @param port default 7099; 0 asks for a free one, which the WelcomeResponse's `~listen_on` tells
 * @throws TofuError `invalid_address` for a host with spaces or `|`, or a port that is no integer of 0..65535
 */
export function tcpServer(host = DEFAULT_HOST, port = DEFAULT_PORT): TcpAddress {
  return new TcpAddress('server', host, port);
}

/**
 * The TCP address that a client connects to.
 *
 * @param host a name, IPv4 or IPv6 address; default and `''` mean `127.0.0.1`
 * @param port default 7099
 * @throws TofuError `invalid_address` for a host with spaces or `|`, or a port that is no integer of 1..65535
 */
export function tcpClient(host = DEFAULT_HOST, port = DEFAULT_PORT): TcpAddress {
  return new TcpAddress('client', host, port);
}
