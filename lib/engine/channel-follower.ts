import type { EngineMessage } from '../message/engine-message.js';

/** Who follows a connection beside its messages. */
export interface ChannelFollower {
  /** Fewer bytes wait. */
  handedOver(): void;
  /** So much waits that the channel is not writable. */
  filled(): void;
  /** A Response was accepted, whoever posted it. */
  responded(message: EngineMessage): void;
  /** A message has come and gets no slot, or the peer has no credit for one. Whether somebody waits for the rest of a request. */
  starved(): boolean;
  /** The link is not read, so that nothing is heard, or is read again. */
  blind(blind: boolean): void;
  /** A Request has come behind more than may be parked. */
  overflowed(request: EngineMessage, isLast: boolean): void;
  /** Whether the Request of this id was refused; behind its last part the id is free. */
  isRefused(idHigh: number, idLow: number, isLast: boolean): boolean;
  /** The link is gone: nothing leaves any more. What was read before is still delivered, and channel_closed behind it. */
  linkLost(): void;
}
