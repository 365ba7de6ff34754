/**
 * A message: a binary header, text headers and a body. Messages are operations: what you post says what the
 * engine does for you, what you receive says what happened.
 *
 * This room is plain data. It opens no socket, keeps no time and counts no slots; the only thing it knows of
 * a pool is the `MessageKeeper` that a message asks to hold it or take it back.
 */
import type { Body } from './body.js';
import type { MessageRole, MessageType, OpCode, Origin } from './op-code.js';
import type { Payload } from './payload.js';
import type { Status } from './status.js';
import type { TextHeaders } from './text-headers.js';

/** The header that `post()` gives back: the message as the engine accepted it, numbers assigned. */
export interface BinaryHeader {
  /** The channel, 1..65534. */
  readonly channelNumber: number;
  /** The operation. */
  readonly opCode: OpCode;
  /** Who made the message: `post` says application. */
  readonly origin: Origin;
  /** Whether another part with this id follows. */
  readonly more: boolean;
  /** `success`, on everything that was posted. */
  readonly status: Status;
  /** 0..2^64-1. */
  readonly messageId: bigint;
}

/** Keeps a pushed message's slot past the dispatch that delivered it; disposing it gives the slot back. */
export type Hold = Disposable;

/**
 * A message, made by `engine.get()` or received.
 *
 * Who owns it: a message that you got, or pulled with `waitReceive` or `for await`, is yours to change, to post
 * (which uses it up) or to put. A message that was pushed to you, as a subscriber or claimant, is shared and
 * read-only: answer with `reply()`, keep its slot with `retain()`, keep its values with `clone()`. A message that was posted or put
 * is spent: it still reads as it was, and every change throws `invalid_message`.
 */
export interface Message extends Disposable {
  /**
   * The receiver's own number for the channel, or 0 where the engine is to assign one (Hello and Welcome requests).
   *
   * Setting throws TofuError `invalid_channel_number` outside 0..65535.
   */
  channelNumber: number;
  /** The operation. Setting throws TofuError `invalid_op_code` for anything but 0..9. */
  opCode: OpCode;
  /** Who made the message. */
  readonly origin: Origin;
  /** Whether more messages with the same id follow. Legal on Request, Response and Signal. */
  more: boolean;
  /** What happened; `success` on everything that a peer sent. */
  readonly status: Status;
  /**
   * Your correlation id, 0..2^64-1; 0 lets `post()` assign the next one. Setting also takes a safe integer, and
   * throws TofuError `invalid_message_id` for anything else.
   */
  get messageId(): bigint;
  set messageId(value: bigint | number);
  /**
   * On a HelloRequest received: the channel number of the listener that took it. Else undefined. Local, never
   * on the wire.
   */
  readonly listenerChannel: number | undefined;
  /** Names and values, in order: at most 65535 bytes. */
  readonly textHeaders: TextHeaders;
  /** The application's data: at most 65535 bytes. */
  readonly body: Body;
  /** regular, welcome, hello or bye. */
  readonly type: MessageType;
  /** request, response or signal. */
  readonly role: MessageRole;
  /** Whether the engine made it: it tells of a failure, the end of a channel, or what came back. */
  isFromEngine(): boolean;
  /** Whether an application made it: the peer's, or this one with `updateReceiver(message)`. */
  isFromApplication(): boolean;
  /** The `more` flag, read. */
  hasMore(): boolean;
  /** A copy that is yours: same fields, headers and body, no slot, nothing shared with this message. */
  clone(): Message;
  /**
   * A new message that answers this one: the echo operation, same channel and id, filled with `payload`. It takes no slot.
   *
   * @throws TofuError `invalid_op_code` on responses and ByeSignal, which nothing answers.
   * @example
   * group.post(request.reply('pong'));
   */
  reply(payload?: Payload): Message;
  /** Makes the message as new: an empty Request on channel 0 with id 0. */
  reset(): void;
  /**
   * Keeps the slot of a pushed message past its dispatch, until the Hold is disposed; while it is held, the
   * sender feels it. Each call is a Hold of its own, disposing twice is harmless. After the dispatch, or on a message that holds no slot, it is a
   * Hold without effect. A small body is moved out of the chunk that it was read in.
   */
  retain(): Hold;
  /** One line for people: operation, origin, more, status, channel, id and both lengths. */
  dump(prefix?: string): string;
  /** The same as `engine.put(message)`, for `using`. */
  [Symbol.dispose](): void;
}
