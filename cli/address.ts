import {
  tcpClient,
  tcpServer,
  type TcpAddress,
  TofuError,
  udsClient,
  udsServer,
  type UdsAddress,
} from '../lib/index.js';
import { UsageError } from './exit-status.js';

/** What a command line can name: an in-process address ends where this process does. */
export type CliAddress = TcpAddress | UdsAddress;

/**
 * Reads ADDRESS: as in its header (`tcp|127.0.0.1|7099`, `uds|/tmp/app.sock`), or with colons, which a shell leaves alone
 * (`tcp:127.0.0.1:7099`, `tcp:[::1]:7099`, `uds:/tmp/app.sock`).
 */
export function readAddress(text: string, side: 'server' | 'client'): CliAddress {
  const [, kind, mark, rest] = /^(tcp|uds|mem)([|:])(.*)$/s.exec(text) ?? [];
  try {
    if (kind === 'tcp') return tcp(rest ?? '', mark ?? '', side);
    if (kind === 'uds') return side === 'server' ? udsServer(rest) : udsClient(rest ?? '');
  } catch (error) {
    if (error instanceof TofuError) throw new UsageError(`ADDRESS: ${error.message}`);
    throw error;
  }
  const why =
    kind === 'mem' ? 'reaches nothing outside its process' : 'is none of tcp|host|port and uds|path';
  throw new UsageError(`ADDRESS ${JSON.stringify(text)} ${why}`);
}

function tcp(text: string, mark: string, side: 'server' | 'client'): TcpAddress {
  const at = text.lastIndexOf(mark);
  const host = text.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1');
  const port = text.slice(at + 1);
  if (at < 0 || !/^\d{1,5}$/.test(port)) {
    throw new UsageError(`ADDRESS ${JSON.stringify(`tcp${mark}${text}`)} is not tcp${mark}host${mark}port`);
  }
  return side === 'server' ? tcpServer(host, Number(port)) : tcpClient(host, Number(port));
}
