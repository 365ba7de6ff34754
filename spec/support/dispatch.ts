import { Observable, type OperatorFunction, takeWhile } from 'rxjs';
import { brakeWatch } from '../../lib/engine/brake-watch.js';
import { Counters } from '../../lib/engine/counters.js';
import { channelClosed, failedHelloResponse } from '../../lib/engine/notices.js';
import { type Message, OpCode, Status } from '../../lib/index.js';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { checkedId, highHalf, lowHalf } from '../../lib/message/message-id.js';
import { Slot, type SlotAccount, Use } from '../../lib/message/ownership.js';
import { MORE_BIT } from '../../lib/message/proto-byte.js';
import { MessagePool } from '../../lib/pool/message-pool.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';

/** A message as a spec writes it down: what a peer sends, or that a channel has closed. */
export interface Arrival {
  readonly text: string;
  readonly channel: number;
  readonly id: bigint | number;
  readonly opCode: OpCode;
  readonly more: boolean;
  readonly says: 'application' | 'channel_closed' | 'connect_failed' | 'receiver_update';
}

/** The last message of a stream, or its only one: a Request with id 1 on channel 1 where nothing else is said. */
export function last(text: string, fields: Partial<Arrival> = {}): Arrival {
  return {
    text,
    channel: 1,
    id: 1,
    opCode: OpCode.Request,
    more: false,
    says: 'application',
    ...fields,
  };
}

/** A message of a stream that goes on. */
export function part(text: string, fields: Partial<Arrival> = {}): Arrival {
  return last(text, { more: true, ...fields });
}

/** The engine's last word on a channel. */
export function closed(channel = 1): Arrival {
  return last('', { channel, opCode: OpCode.Signal, says: 'channel_closed' });
}

/** A pool, and messages that take its slots as if they had been read, and that are pushed as a group pushes them. */
export class Dispatcher {
  readonly counters = new Counters();
  readonly pool: MessagePool;
  /** The reader that takes the slots. */
  readonly reader: SlotAccount = { slotsHeld: 0, slotCameBack: () => undefined };
  /** How many messages have arrived. */
  arrived = 0;

  constructor(options: { strict?: boolean; slots?: number } = {}) {
    const { strict = false, slots = 64 } = options;
    this.pool = new MessagePool(
      new SlotPool(slots, slots),
      () => undefined,
      brakeWatch(this.counters, strict),
    );
  }

  /** Messages that hold a slot. */
  get held(): number {
    const { used, beyond } = this.pool.slots;
    return used + beyond;
  }

  /** A message as it comes from its reader, undelivered. */
  read(arrival: Arrival): EngineMessage {
    this.arrived++;
    const addressee = {
      number: arrival.channel,
      openingIdHigh: 0,
      openingIdLow: 1,
      context: { pool: this.pool },
    };
    if (arrival.says === 'channel_closed') return channelClosed(addressee);
    if (arrival.says === 'connect_failed')
      return failedHelloResponse(addressee, Status.connectFailed, undefined);
    const id = checkedId(arrival.id);
    const body = Buffer.from(arrival.text);
    const proto = arrival.opCode | (arrival.more ? MORE_BIT : 0);
    const status = arrival.says === 'receiver_update' ? Status.receiverUpdate : Status.success;
    const message = new EngineMessage(
      this.pool,
      arrival.channel,
      proto,
      status,
      highHalf(id),
      lowHalf(id),
      body,
      0,
      0,
      body.length,
    );
    message.slot = this.pool.slots.take() ? Slot.pooled : Slot.beyond;
    if (message.slot === Slot.beyond) this.pool.slots.takeBeyond();
    message.account = this.reader;
    this.reader.slotsHeld++;
    return message;
  }

  /** Pushes a message: its slot is free when `deliver` returns, unless somebody holds it. */
  push(arrival: Arrival, deliver: (message: Message) => void): EngineMessage {
    const message = this.read(arrival);
    message.use = Use.dispatching;
    message.holds = 1;
    deliver(message);
    message.use = Use.shared;
    if (message.slot !== Slot.none) this.pool.drop(message);
    return message;
  }

  /** Turns what a spec writes down into messages that are being pushed. */
  dispatched(): OperatorFunction<Arrival, Message> {
    return source =>
      new Observable(subscriber =>
        source.pipe(takeWhile(() => !subscriber.closed)).subscribe({
          next: arrival => {
            this.push(arrival, message => {
              subscriber.next(message);
            });
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
          complete: () => {
            subscriber.complete();
          },
        }),
      );
  }
}

/** The text of a message. */
export function textOf(message: Message): string {
  return message.body.text();
}
