import { type Address, type Message, OpCode, statusName } from '../../lib/index.js';
import { next } from './conversation.js';
import type { Side } from './pair.js';
import { isQueueFull } from './traffic.js';

type Member = Omit<Side, 'channel'>;

/** The body that a message with this id has. */
function bodyOf(id: number, length: number): Buffer {
  return Buffer.alloc(length, (id % 251) + 1);
}

/**
 * One end of a connection that keeps books: what it posted, what it received, what came back, and how the channel ended. It takes its
 * messages as a claimant, and holds their slots while it is `slow`.
 */
export class Ledger {
  readonly side: Side;
  /** Ids that post() accepted, with the length of their body. */
  readonly posted = new Map<number, number>();
  readonly received: number[] = [];
  readonly returned: number[] = [];
  /** Statuses under which messages came back. */
  readonly statuses = new Set<string>();
  /** What the engine said of the channel: faults, and channel_closed with its id. */
  readonly said: string[] = [];
  readonly wrong: string[] = [];
  slow = true;
  closed = false;
  #bodyOfOther: ReadonlyMap<number, number> = new Map();
  #holds: Disposable[] = [];
  #nextId: number;
  #saidBye = false;

  /** @param firstId the id of its first message; the two ends have ids of their own */
  constructor(side: Side, firstId: number) {
    this.side = side;
    this.#nextId = firstId;
    side.group.claim(side.channel, message => {
      this.#enter(message);
    });
  }

  /** What the other end posts is what this one may receive. */
  listenTo(other: Pick<Sent, 'posted'>): void {
    this.#bodyOfOther = other.posted;
  }

  /** Posts one Request, unless the send queue is full. */
  post(bodyLength: number): void {
    using message = this.side.engine.get();
    const id = this.#nextId;
    message.channelNumber = this.side.channel;
    message.messageId = id;
    message.textHeaders.append('n', String(id));
    message.body.append(bodyOf(id, bodyLength));
    try {
      this.side.group.post(message);
    } catch (error) {
      if (isQueueFull(error)) return;
      throw error;
    }
    this.posted.set(id, bodyLength);
    this.#nextId++;
  }

  /** Posts ByeRequest: once, and not behind a ByeResponse of its own. */
  sayBye(): void {
    if (this.#saidBye) return;
    this.#saidBye = true;
    this.#say(OpCode.ByeRequest);
  }

  /** Posts ByeSignal. */
  abort(): void {
    this.#say(OpCode.ByeSignal);
  }

  /** Gives back the slots that it holds. */
  take(): void {
    for (const hold of this.#holds.splice(0)) hold[Symbol.dispose]();
  }

  #say(opCode: OpCode): void {
    using message = this.side.engine.get();
    message.opCode = opCode;
    message.channelNumber = this.side.channel;
    this.side.group.post(message);
  }

  #enter(message: Message): void {
    if (this.closed) this.wrong.push(`${message.dump()} behind channel_closed`);
    if (message.isFromApplication()) this.#enterReceived(message);
    else if (message.opCode === OpCode.Signal) this.#enterSaid(message);
    else if (message.opCode === OpCode.Request) this.#enterReturned(message);
  }

  #enterReceived(message: Message): void {
    if (this.slow) this.#holds.push(message.retain());
    if (message.opCode === OpCode.ByeRequest) {
      this.side.group.post(message.reply());
      this.#saidBye = true;
    } else if (message.opCode === OpCode.Request) {
      this.#check(message, this.#bodyOfOther);
      this.received.push(Number(message.messageId));
    }
  }

  #enterReturned(message: Message): void {
    this.#check(message, this.posted);
    this.returned.push(Number(message.messageId));
    this.statuses.add(statusName(message.status));
  }

  #enterSaid(message: Message): void {
    this.said.push(`${statusName(message.status)} ${String(message.messageId)}`);
    if (statusName(message.status) === 'channel_closed') this.closed = true;
  }

  /** Whole: id, headers and every byte of the body. */
  #check(message: Message, posted: ReadonlyMap<number, number>): void {
    const id = Number(message.messageId);
    const length = posted.get(id);
    const isWhole =
      length !== undefined &&
      message.channelNumber === this.side.channel &&
      message.textHeaders.get('n') === String(id) &&
      bodyOf(id, length).equals(message.body.bytes());
    if (!isWhole) this.wrong.push(`${message.dump()} is not as it was posted`);
  }
}

/** What one end accepted for the other, and what became of it: a `Ledger`, or what was told of one in another process. */
export interface Sent {
  readonly posted: ReadonlyMap<number, number>;
  readonly returned: readonly number[];
}

/**
 * What became of what one end posted: a first part was received by the other, in order and once each; a last part came back; nothing did
 * both. What is between was handed to the kernel before the connection was cut, and may be lost: only on a connection that ended in order
 * is there none of it.
 */
export function expectAccounted(from: Sent, to: Pick<Ledger, 'received'>, inOrder: boolean): void {
  const posted = [...from.posted.keys()];
  expect(to.received).toEqual(posted.slice(0, to.received.length));
  expect(from.returned).toEqual(posted.slice(posted.length - from.returned.length));
  expect(to.received.length + from.returned.length).toBeLessThanOrEqual(posted.length);
  if (inOrder)
    expect({ received: to.received.length, returned: from.returned.length }).toEqual({
      received: posted.length,
      returned: 0,
    });
}

/** Connects a client to a server that listens at `address`: both ends, with their books, and the id that opened the connection. */
export async function connectLedgers(
  client: Member,
  server: Member,
  address: Address,
): Promise<{ ledgers: [Ledger, Ledger]; openingId: bigint }> {
  const request = client.engine.get();
  address.format(request);
  const { channelNumber, messageId } = client.group.post(request);
  using hello = await next(server.group);
  const ledgers: [Ledger, Ledger] = [
    new Ledger({ ...client, channel: channelNumber }, 1),
    new Ledger({ ...server, channel: hello.channelNumber }, 1_000_001),
  ];
  ledgers[0].listenTo(ledgers[1]);
  ledgers[1].listenTo(ledgers[0]);
  server.group.post(hello.reply());
  return { ledgers, openingId: messageId };
}
