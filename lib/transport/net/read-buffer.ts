import type { OnReadOpts } from 'node:net';
import type { LinkReceiver } from '../transport.js';

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;

/** Made with the first socket that is dialled. */
let shared: Buffer | null = null;

/**
 * How a dialled socket is read: into one buffer for all of them, and what came is handed over in a buffer of just its size. Node's own way, which
 * sockets that were accepted go, takes 64 KiB for each read however little comes, and then a Readable's queue.
 *
 * undefined on Windows, where the system may fill the buffers of several sockets at the same time.
 */
export function readInto(receiver: LinkReceiver): OnReadOpts | undefined {
  if (process.platform === 'win32') return undefined;
  shared ??= Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer: shared,
    callback(length, bytes) {
      const chunk = Buffer.allocUnsafe(length);
      chunk.set(bytes.subarray(0, length));
      receiver.linkOnData(chunk);
      return true;
    },
  };
}
