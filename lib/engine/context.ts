import type { ChannelTable } from './channel-table.js';
import type { ChunkPool } from './chunk-pool.js';
import type { Counters } from './counters.js';
import type { Deadlines } from './deadlines.js';
import type { Flusher } from './flusher.js';
import type { ResolvedOptions } from './options.js';
import type { ReceiveGate } from './receive-gate.js';
import type { IdSequence } from '../message/message-id.js';
import type { MessagePool } from '../pool/message-pool.js';
import type { Clock } from '../transport/clock.js';
import type { Transport } from '../transport/transport.js';
import type { Address } from '../address/address.js';

/** What the parts of one engine share. */
export interface EngineContext {
  /** The engine as users hold it: whose events these are. */
  face: object;
  /** Takes what a claimant has thrown, and nobody catches. */
  onUnhandled: (error: unknown) => void;
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly sequence: IdSequence;
  readonly pool: MessagePool;
  readonly gate: ReceiveGate;
  readonly table: ChannelTable;
  readonly chunks: ChunkPool;
  readonly flusher: Flusher;
  readonly counters: Counters;
  /** The network that an address belongs to. */
  transportFor(address: Address): Transport;
}
