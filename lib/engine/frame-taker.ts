import type { EngineMessage } from '../message/engine-message.js';
import type { FrameDecoder } from '../wire/decoder.js';
import type { ChannelFollower } from './channel-follower.js';
import type { Toll } from './credit-headers.js';

/** What a reader asks of its channel, and tells it. */
export interface FrameTaker {
  /** The rule of the conversation that the frame at hand breaks, in words; null for a legal one. */
  refusal(frame: FrameDecoder, toll: Toll): string | null;
  /** The number that frames are received on. */
  readonly number: number;
  /** A message was read, and holds its slot. */
  receive(message: EngineMessage): void;
  /** The bytes break protocol.md section 10; nothing more is read. */
  readerOnFault(rule: string): void;
  /** A frame took longer than `frameTimeout`. */
  readerOnTimeout(): void;
  /** Everything that will ever come was delivered: the peer's FIN, or the end of the link, was reached. */
  readerOnEnd(): void;
  /** Whether requests of ours wait for the peer's answers, which may stand behind what has to wait. */
  readonly awaitsAnswers: boolean;
  /** Whether messages of ours wait for a grant. */
  readonly awaitsCredit: boolean;
  /** Who takes messages that hold no slot, however many there are, and refuses requests. */
  readonly follower: ChannelFollower | null;
  /** No slot is to be had. */
  readerOnWait(): void;
  /** The link is not read, or is read again. */
  readerOnBlind(blind: boolean): void;
  /** All that came was looked at, what waits included: no grant comes any more. */
  readerOnLastGrant(): void;
  /** Whether there is room for the refusal of a Request. */
  readonly mayTurnAway: boolean;
  /** The pool is empty, and reading has to wait for it. */
  tellPoolEmpty(spell: number): void;
  /** Reading has waited for `stallTimeout`, or for that long since slots or windows last changed hands. */
  readerOnStall(isFirst: boolean): void;
}
