import type { EngineMessage } from '../message/engine-message.js';
import type { ChannelState } from './channel-state.js';

/** Takes what is delivered on a channel or group. */
export type Receiver = (message: EngineMessage) => void;

/** A channel as the table, its group and the group's stream know it. */
export interface OpenChannel {
  /** 1..65534, or 0 for an accepted socket that has said no hello. */
  number: number;
  readonly group: Delivery;
  readonly state: ChannelState;
  /** Whether the channel may still be posted to. */
  readonly isOpen: boolean;
  /** Who gets this channel's messages; null: the group alone. */
  claimant: Receiver | null;
  /** Throws the TofuError of protocol.md section 5 for an operation that does not fit this channel as it is. */
  assertFits(message: EngineMessage): void;
  /** Takes a message that post() has accepted. */
  accept(message: EngineMessage): void;
  /** ByeSignal, or the end of the group: nothing more is read or sent. */
  abort(): void;
  /** Resolves when the send queue is short, and has room for a frame of `frameBytes`; rejects with channel_closed. */
  writable(signal?: AbortSignal): Promise<void>;
  /** channel_closed was delivered: the claim ends, the number is free. */
  closedDelivered(): void;
}

/** Where a channel delivers: its group. */
export interface Delivery {
  /** Slots that messages hold which were delivered and which nobody took yet. */
  readonly slotsUndelivered: number;
  /** Delivers a message of `channel`, in order behind all that was delivered before; null: of no channel. */
  deliver(message: EngineMessage, channel: OpenChannel | null): void;
  /** Reading has to wait because the pool is empty. */
  poolEmpty(spell: number): void;
  /** A channel of this group has begun. */
  channelBegan(channel: OpenChannel): void;
  /** It has nothing more to say than channel_closed. */
  channelEnded(channel: OpenChannel): void;
}
