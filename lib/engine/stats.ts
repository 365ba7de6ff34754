import type { SlotStats } from '../pool/slot-pool.js';
import { type ChannelState } from './channel-state.js';
import type { EngineContext } from './context.js';

/** A snapshot of an engine, plain data. */
export interface EngineStats {
  /** Channels by state; closed ones are not among them. */
  readonly channels: {
    /** Clients whose HelloResponse has not come. */
    readonly connecting: number;
    /** Connections over which messages go both ways. */
    readonly ready: number;
    /** Connections between the first bye or fault and channel_closed. */
    readonly closing: number;
    /** Listeners. */
    readonly listening: number;
  };
  /** The pool's slots. */
  readonly slots: SlotStats;
  /** Bytes of frames accepted and not yet handed to a socket. */
  readonly queuedBytes: number;
  /** Peers' frames received, hello and bye included. */
  readonly messagesIn: number;
  /** Frames handed to sockets, hello and bye included. */
  readonly messagesOut: number;
  /** Bytes read from sockets. */
  readonly bytesIn: number;
  /** Bytes handed to sockets. */
  readonly bytesOut: number;
  /** Frames that broke protocol.md section 10, also before a hello. */
  readonly framesRejected: number;
  /** Accepted sockets that were reset: over `maxChannels`, or without a hello in time. */
  readonly connectionsRefused: number;
  /** Replies to requests that nobody waited for any more. */
  readonly lateReplies: number;
  /** Signals that nobody took, and rx-cancel for ids that nobody knew. */
  readonly signalsDropped: number;
  /** Messages that came to a `pooled` or a window when their slot was gone. */
  readonly brakeLost: number;
  /** Requests of Peers under way, both ways. */
  readonly requests: number;
  /** Channels that are not read because no slot is to be had. */
  readonly pausedChannels: number;
}

/** Which number of the snapshot a state counts in. */
const COUNTED_AS: Readonly<Record<ChannelState, keyof EngineStats['channels'] | null>> = {
  opening: 'listening',
  listening: 'listening',
  connecting: 'connecting',
  accepted: null,
  ready: 'ready',
  byeSent: 'closing',
  byeReceived: 'closing',
  byeCrossed: 'closing',
  answered: 'closing',
  dismissed: 'closing',
  ending: 'closing',
  closed: null,
};

/** Takes a snapshot. */
export function statsOf(context: EngineContext): EngineStats {
  const channels = { connecting: 0, ready: 0, closing: 0, listening: 0 };
  for (const channel of context.table.channels()) {
    const counted = COUNTED_AS[channel.state];
    if (counted !== null) channels[counted]++;
  }
  return {
    channels,
    slots: context.pool.slots.stats(),
    ...context.counters,
    pausedChannels: context.gate.waiting,
  };
}
