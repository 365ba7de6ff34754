import { MessageBody } from './body.js';
import { dumpLine } from './dump-line.js';
import { checkedChannelNumber, checkedOpCode } from './field-checks.js';
import { checkedId, highHalf, idFromHalves, lowHalf } from './message-id.js';
import { echoOf, type MessageRole, type MessageType, OpCode, Origin, roleOf, typeOf } from './op-code.js';
import type { Hold, Message } from './message.js';
import { type MessageKeeper, Slot, type SlotAccount, unchangeable, Use } from './ownership.js';
import { fill, type Payload } from './payload.js';
import { MORE_BIT, OP_CODE_BITS, ORIGIN_BIT } from './proto-byte.js';
import { Status, statusFrom } from './status.js';
import { HeaderBlock } from './text-headers.js';

const BRAND = Symbol.for('rxtofu.Message');

/**
 * The message behind the public `Message`. The engine reads and writes its fields; users see the interface.
 *
 * A received message is a range of the buffer it was read in. Its id stays two halves, its headers and body stay
 * bytes until somebody asks: most messages are asked for very little.
 */
export class EngineMessage implements Message {
  keeper: MessageKeeper<EngineMessage>;
  use: Use;
  slot: Slot;
  /** Open holds, and one for the dispatch itself while it lasts. */
  holds: number;
  account: SlotAccount | null;

  channel: number;
  proto: number;
  statusByte: number;
  idHigh: number;
  idLow: number;
  listener: number;
  /** The channel_closed itself: a returned Signal may look just like it. */
  endsChannel: boolean;

  /** The frame's payload as it was read: headers, then body. */
  #buffer: Buffer | null;
  #start: number;
  #headersLength: number;
  #bodyLength: number;
  #headers: HeaderBlock | null;
  #body: MessageBody | null;

  constructor(
    keeper: MessageKeeper<EngineMessage>,
    channel: number,
    proto: number,
    statusByte: number,
    idHigh: number,
    idLow: number,
    buffer: Buffer | null,
    start: number,
    headersLength: number,
    bodyLength: number,
  ) {
    this.keeper = keeper;
    this.use = Use.owned;
    this.slot = Slot.none;
    this.holds = 0;
    this.account = null;
    this.channel = channel;
    this.proto = proto;
    this.statusByte = statusByte;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.listener = 0;
    this.endsChannel = false;
    this.#buffer = buffer;
    this.#start = start;
    this.#headersLength = headersLength;
    this.#bodyLength = bodyLength;
    this.#headers = null;
    this.#body = null;
  }

  /** A message as `get()` makes it: an empty Request. */
  static fresh(keeper: MessageKeeper<EngineMessage>): EngineMessage {
    return new EngineMessage(keeper, 0, OpCode.Request, Status.success, 0, 0, null, 0, 0, 0);
  }

  get [BRAND](): true {
    return true;
  }

  /** Recognises messages of every copy of rxtofu in the process. */
  static is(value: unknown): value is EngineMessage {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  get channelNumber(): number {
    return this.channel;
  }
  set channelNumber(value: number) {
    this.assertChangeable();
    this.channel = checkedChannelNumber(value);
  }

  get opCode(): OpCode {
    return (this.proto & OP_CODE_BITS) as OpCode;
  }
  set opCode(value: OpCode) {
    this.assertChangeable();
    this.proto = (this.proto & ~OP_CODE_BITS) | checkedOpCode(value);
  }

  get origin(): Origin {
    return (this.proto & ORIGIN_BIT) === 0 ? Origin.application : Origin.engine;
  }

  get more(): boolean {
    return (this.proto & MORE_BIT) !== 0;
  }
  set more(value: boolean) {
    this.assertChangeable();
    this.proto = value ? this.proto | MORE_BIT : this.proto & ~MORE_BIT;
  }

  get status(): Status {
    return statusFrom(this.statusByte);
  }

  get messageId(): bigint {
    return idFromHalves(this.idHigh, this.idLow);
  }
  set messageId(value: bigint | number) {
    this.assertChangeable();
    const id = checkedId(value);
    this.idHigh = highHalf(id);
    this.idLow = lowHalf(id);
  }

  get listenerChannel(): number | undefined {
    return this.listener === 0 ? undefined : this.listener;
  }

  get textHeaders(): HeaderBlock {
    return (this.#headers ??= new HeaderBlock(
      this,
      this.#headersLength === 0 ? null : this.#buffer,
      this.#start,
      this.#headersLength,
    ));
  }

  get body(): MessageBody {
    return (this.#body ??= new MessageBody(
      this,
      this.#bodyLength === 0 ? null : this.#buffer,
      this.#start + this.#headersLength,
      this.#bodyLength,
    ));
  }

  get type(): MessageType {
    return typeOf(this.opCode);
  }

  get role(): MessageRole {
    return roleOf(this.opCode);
  }

  isFromEngine(): boolean {
    return this.origin === Origin.engine;
  }

  isFromApplication(): boolean {
    return this.origin === Origin.application;
  }

  /** Whether a peer sent it: an application's message may also have come by updateReceiver(). */
  isFromPeer(): boolean {
    return this.isFromApplication() && this.statusByte === Status.success;
  }

  hasMore(): boolean {
    return this.more;
  }

  /** Bytes of text headers, without making the block. */
  headersByteLength(): number {
    return this.#headers === null ? this.#headersLength : this.#headers.byteLength;
  }

  /** Bytes of body, without making the body. */
  bodyByteLength(): number {
    return this.#body === null ? this.#bodyLength : this.#body.byteLength;
  }

  /** Writes the text headers at `at` of `target`. */
  writeHeaders(target: Buffer, at: number): void {
    if (this.#headers !== null) this.#headers.writeTo(target, at);
    else this.#buffer?.copy(target, at, this.#start, this.#start + this.#headersLength);
  }

  /** Writes the body at `at` of `target`. */
  writeBody(target: Buffer, at: number): void {
    const start = this.#start + this.#headersLength;
    if (this.#body !== null) this.#body.writeTo(target, at);
    else if (this.#bodyLength === this.#buffer?.length) target.set(this.#buffer, at);
    else this.#buffer?.copy(target, at, start, start + this.#bodyLength);
  }

  /** The bytes of a body that is not empty, as they lie. */
  bodyBuffer(): Buffer {
    const body = this.body;
    const buffer = body.buffer();
    return buffer.subarray(body.start(), body.start() + body.byteLength);
  }

  clone(): EngineMessage {
    const copy = EngineMessage.fresh(this.keeper);
    copy.channel = this.channel;
    copy.proto = this.proto;
    copy.statusByte = this.statusByte;
    copy.idHigh = this.idHigh;
    copy.idLow = this.idLow;
    copy.listener = this.listener;
    if (this.headersByteLength() > 0) copy.textHeaders.takeCopyOf(this.textHeaders);
    if (this.bodyByteLength() > 0) copy.body.takeCopyOf(this.body);
    return copy;
  }

  reply(payload?: Payload): EngineMessage {
    const answer = EngineMessage.fresh(this.keeper);
    answer.proto = echoOf(this.opCode);
    answer.channel = this.channel;
    answer.idHigh = this.idHigh;
    answer.idLow = this.idLow;
    if (payload !== undefined) fill(answer, payload);
    return answer;
  }

  reset(): void {
    this.assertChangeable();
    this.channel = 0;
    this.proto = OpCode.Request;
    this.statusByte = Status.success;
    this.idHigh = 0;
    this.idLow = 0;
    this.listener = 0;
    this.#buffer = null;
    this.#start = 0;
    this.#headersLength = 0;
    this.#bodyLength = 0;
    // Emptied, not replaced: whoever holds them goes on filling this message.
    this.#headers?.clear();
    this.#body?.clear();
  }

  /** An empty message again, the caller's own, whatever became of it: for those who post one after the other and show none of them. */
  reuse(channel: number, opCode: OpCode, idHigh: number, idLow: number): void {
    this.use = Use.owned;
    this.channel = channel;
    this.proto = opCode;
    this.statusByte = Status.success;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.#body?.clear();
  }

  retain(): Hold {
    return this.keeper.retain(this, 'retain');
  }

  /** Moves a payload that is a small part of its buffer to a buffer of its own size. */
  compact(): void {
    this.#headers?.compact();
    this.#body?.compact();
    const length = this.#headersLength + this.#bodyLength;
    if (this.#buffer === null || this.#buffer.length <= 2 * length) return;
    this.#buffer = Buffer.from(this.#buffer.subarray(this.#start, this.#start + length));
    this.#start = 0;
  }

  dump(prefix = ''): string {
    return prefix + dumpLine(this);
  }

  [Symbol.dispose](): void {
    this.keeper.put(this);
  }

  assertChangeable(): void {
    if (this.use !== Use.owned) throw unchangeable(this.use);
  }
}
