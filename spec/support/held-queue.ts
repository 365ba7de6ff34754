import { ChunkPool } from '../../lib/engine/chunk-pool.js';
import { Counters } from '../../lib/engine/counters.js';
import { SendCredit } from '../../lib/engine/send-credit.js';
import { SendQueue } from '../../lib/engine/send-queue.js';
import { OpCode } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import type { FrameDecoder } from '../../lib/wire/decoder.js';
import { frame } from './frames.js';
import { freshMessage } from './messages.js';
import { RecordingLink } from './recording-link.js';

/** A frame in a queue, as a spec remembers it. */
export interface Queued {
  readonly opCode: OpCode;
  readonly id: number;
  readonly bytes: Buffer;
  /** What `passed` is when it has left; NaN for those that jumped. */
  mark: number;
}

/** A send queue on credit, and by its side what must be in it: what has its credit, and what waits. */
export class HeldQueue {
  readonly counters = new Counters();
  readonly link = new RecordingLink();
  readonly queue = new SendQueue(new ChunkPool(), this.counters);
  readonly credit: SendCredit;
  /** What has left, oldest first; */
  readonly sent: Queued[] = [];
  /** what may leave, */
  ready: Queued[] = [];
  /** and what waits for a grant. */
  held: Queued[] = [];
  left: number;
  #pushed = 0;

  constructor(credit: number) {
    this.left = credit;
    this.credit = new SendCredit(credit);
    this.queue.credit = this.credit;
  }

  /** A message that costs one. */
  regular(id: number, length = 0, opCode: OpCode = OpCode.Request): void {
    const [queued, message] = this.#make(opCode, id, length);
    this.queue.pushForCredit(message);
    queued.mark = this.queue.accepted;
    if (this.held.length > 0 || this.left === 0) this.held.push(queued);
    else {
      this.ready.push(queued);
      this.left--;
    }
  }

  /** One that costs nothing and does not wait. */
  ahead(length = 0): void {
    const [queued, message] = this.#make(OpCode.Signal, 99, length);
    this.queue.pushAhead(message);
    if (this.held.length === 0) queued.mark = this.queue.accepted;
    this.ready.push(queued);
  }

  /** One that costs nothing and waits for what is before it. */
  bye(): void {
    const [queued, message] = this.#make(OpCode.ByeRequest, 98, 0);
    this.queue.push(message);
    queued.mark = this.queue.accepted;
    (this.held.length > 0 ? this.held : this.ready).push(queued);
  }

  grant(n: number): void {
    this.credit.granted += n;
    this.queue.creditChanged();
    this.left += n;
    this.#pay();
  }

  /** The peer turns out not to ask for credit. */
  setFree(): void {
    this.grant(Infinity);
    this.queue.credit = null;
  }

  /** Takes out the oldest Request with this id; whether the queue and the model agree that there was one. */
  remove(id: number): boolean {
    const isIt = (queued: Queued): boolean => queued.opCode === OpCode.Request && queued.id === id;
    const ready = this.ready.findIndex(isIt);
    const held = this.held.findIndex(isIt);
    if (ready >= 0) {
      this.ready.splice(ready, 1);
      this.left++;
    } else if (held >= 0) this.held.splice(held, 1);
    this.#pay();
    return this.queue.remove(OpCode.Request, 0, id) === (ready >= 0 || held >= 0);
  }

  /** Takes out the Requests with this id that wait; whether the queue and the model agree on how many. */
  removeHeld(id: number): boolean {
    let removed = 0;
    // What is behind one that was taken out may have its credit then, and waits no more.
    for (let at; (at = this.held.findIndex(one => one.opCode === OpCode.Request && one.id === id)) >= 0;) {
      this.held.splice(at, 1);
      removed++;
      this.#pay();
    }
    return this.queue.removeHeld(OpCode.Request, 0, id) === removed;
  }

  /** Hands over to the link; the frames that it took are noted as sent, from the bytes that it has. */
  handOver(): boolean {
    const before = this.link.bytes().length;
    const isEmpty = this.queue.handOver(this.link);
    let taken = this.link.bytes().length - before;
    while (taken > 0 && this.ready.length > 0) {
      const queued = this.ready.shift() as Queued;
      taken -= queued.bytes.length;
      this.sent.push(queued);
    }
    expect(taken).toBe(0);
    return isEmpty;
  }

  /** What comes back, as frames. */
  takenBack(): Buffer[] {
    const back: Buffer[] = [];
    this.queue.takeBack(decoder => back.push(bytesAtHand(decoder)));
    return back;
  }

  #pay(): void {
    while (this.held.length > 0) {
      const cost = (this.held[0] as Queued).opCode === OpCode.ByeRequest ? 0 : 1;
      if (cost > this.left) return;
      this.left -= cost;
      this.ready.push(this.held.shift() as Queued);
    }
  }

  #make(opCode: OpCode, id: number, length: number): [Queued, EngineMessage] {
    const body = Buffer.alloc(length, ++this.#pushed);
    const message = freshMessage();
    message.opCode = opCode;
    message.channelNumber = 1;
    message.messageId = id;
    message.body.append(body);
    return [{ opCode, id, bytes: frame({ opCode, id, body }), mark: NaN }, message];
  }
}

function bytesAtHand(decoder: FrameDecoder): Buffer {
  const { payload, payloadStart, headersLength, bodyLength, proto, idLow } = decoder;
  const bodyAt = payloadStart + headersLength;
  return frame({
    opCode: proto as OpCode,
    id: idLow,
    headers: payload.toString('utf8', payloadStart, bodyAt),
    body: payload.subarray(bodyAt, bodyAt + bodyLength),
  });
}
