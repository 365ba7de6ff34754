import {
  type ChannelGroup,
  createEngine,
  type EngineOptions,
  openPeer,
  type Peer,
  Status,
  TofuError,
} from '../lib/index.js';
import type { Arguments } from './arguments.js';
import type { CliAddress } from './address.js';
import { POOL_MESSAGES } from './pool-messages.js';
import { whenAborted } from './when-aborted.js';

const CONNECT_MS = 10_000;
const RESPONSE_MS = 30_000;
const BYE_MS = 2_000;

/** How long a client waits, in ms; 0 for ever. */
export interface Patience {
  readonly connectMs: number;
  readonly responseMs: number;
}

/** Reads `--timeout`. */
export function readPatience(args: Arguments): Patience {
  const ms = args.integer('timeout', { min: 0, max: 2_147_483_647, fallback: -1 });
  return ms < 0
    ? { connectMs: CONNECT_MS, responseMs: RESPONSE_MS }
    : { connectMs: ms === 0 ? Infinity : ms, responseMs: ms };
}

/** Opens a Peer; a server that takes the connection and never answers the hello costs no more than one that can't be reached. */
async function openWithin(
  group: ChannelGroup,
  address: CliAddress,
  ms: number,
  stop: AbortSignal,
): Promise<Peer> {
  const given = new AbortController();
  whenAborted(stop, () => {
    given.abort(stop.reason);
  });
  const giveUp = (): void => {
    given.abort(new TofuError(Status.connectFailed, `no HelloResponse within ${String(ms)} ms`));
  };
  const timer = ms === Infinity ? undefined : setTimeout(giveUp, ms);
  try {
    return await openPeer(group, address, { signal: given.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Connects, uses the connection, and says bye, however the use went. */
export async function withPeer<T>(
  address: CliAddress,
  patience: Patience,
  stop: AbortSignal,
  use: (peer: Peer) => Promise<T>,
  options: EngineOptions = {},
): Promise<T> {
  const { connectMs: connectTimeout } = patience;
  const engine = createEngine({
    connectTimeout,
    byeTimeout: BYE_MS,
    initialPoolMsgs: POOL_MESSAGES,
    ...options,
  });
  try {
    const peer = await openWithin(engine.createGroup(), address, connectTimeout, stop);
    // What the other side asks is not left waiting.
    peer.respond(() => {
      throw new TofuError(Status.notAllowed, 'this command answers no requests');
    });
    try {
      return await use(peer);
    } finally {
      await peer.bye();
    }
  } finally {
    await engine.destroy();
  }
}
