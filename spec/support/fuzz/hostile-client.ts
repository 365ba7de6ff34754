import net from 'node:net';
import type { Address } from '../../../lib/index.js';
import { comesTrue, eventually } from '../eventually.js';

/** How a hostile client leaves. */
export const LEAVES = ['fin', 'reset'] as const;
export type Leaves = (typeof LEAVES)[number];

/**
 * Connects, writes the pieces one by one, and leaves: with FIN, or, when `isRead` says that all of it was read, with a reset. Settles when the
 * connection is closed. It reads what it is told and forgets it.
 */
export async function assault(
  place: Address,
  pieces: readonly Buffer[],
  leaves: Leaves,
  isRead: () => boolean,
): Promise<void> {
  const socket = net.connect({ ...placeOf(place), allowHalfOpen: true });
  let isClosed = false;
  // A server that has heard enough resets; whatever is written behind that fails.
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  socket.resume();
  for (const piece of pieces) {
    if (isClosed) return;
    socket.write(piece);
    await new Promise(resolve => setImmediate(resolve));
  }
  if (leaves === 'reset') {
    await eventually('what was written is read', () => isClosed || isRead());
    // A Unix socket has no RST of its own.
    if (place.kind === 'tcp') socket.resetAndDestroy();
    else socket.destroy();
  } else socket.end();
  await comesTrue(() => isClosed);
}

function placeOf(place: Address): net.NetConnectOpts {
  if (place.kind === 'tcp') return { host: place.host, port: place.port };
  if (place.kind === 'uds') return { path: place.path };
  throw new Error(`no socket: ${place.toString()}`);
}
