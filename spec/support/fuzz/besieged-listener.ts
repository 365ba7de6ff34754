import {
  type Address,
  type EngineOptions,
  type Message,
  OpCode,
  Status,
  statusName,
  TofuError,
} from '../../../lib/index.js';
import { connectTo, lineOf, listenOn } from '../conversation.js';
import { engineForSpec } from '../engines.js';
import { eventually } from '../eventually.js';
import type { Network } from '../networks.js';
import { memberOf, nextCopy, say, type Side } from '../pair.js';
import type { WireFrame } from './reference-reader.js';

/** What the listener's group was told of one hostile connection. */
export interface Told {
  /** The peer's messages. */
  readonly shown: WireFrame[];
  /** The engine's, by status; what came back unsent is not among them. */
  readonly engine: string[];
  /** Frames that were rejected meanwhile. */
  readonly rejected: number;
}

const ANSWERED: readonly OpCode[] = [OpCode.HelloRequest, OpCode.Request, OpCode.ByeRequest];

/** An engine that listens and answers everything, with a good client beside the hostile ones. */
export class BesiegedListener {
  /** Where it listens. */
  readonly place: Address;
  /** Errors that are none of ours. */
  readonly untyped: unknown[] = [];
  readonly #side: Omit<Side, 'channel'>;
  readonly #good: Side;
  readonly #goodChannel: number;
  #asked = 0;
  #shown: WireFrame[] = [];
  #engine: string[] = [];
  #channels = new Set<number>();
  #rejectedBefore = 0;

  private constructor(place: Address, side: Omit<Side, 'channel'>, good: Side, goodChannel: number) {
    this.place = place;
    this.#side = side;
    this.#good = good;
    this.#goodChannel = goodChannel;
  }

  /** Listens. `pulled` is how its group is read: by pull, with few slots, or by push. */
  static async over(network: Network, read: 'pulled' | 'pushed'): Promise<BesiegedListener> {
    const options: EngineOptions =
      read === 'pulled' ? { initialPoolMsgs: 2, maxPoolMsgs: 2, stallTimeout: Infinity } : {};
    const side = memberOf(engineForSpec(options));
    const client = memberOf(engineForSpec());
    const { client: place } = await listenOn(side.engine, side.group, network);
    const channels = await connectTo(client, side, place);
    const listener = new BesiegedListener(
      place,
      side,
      { ...client, channel: channels.client },
      channels.server,
    );
    if (read === 'pushed') side.group.subscribe(message => listener.#hear(message));
    else void listener.#pull();
    return listener;
  }

  /** What will hold when so many bytes more are read, or a frame more is rejected. */
  awaits({ isFault, bytesRead }: { isFault: boolean; bytesRead: number }): () => boolean {
    const { engine } = this.#side;
    const before = engine.stats();
    return () => {
      const { bytesIn, framesRejected } = engine.stats();
      return isFault ? framesRejected > before.framesRejected : bytesIn >= before.bytesIn + bytesRead;
    };
  }

  /** Waits until the hostile connection is no more, and says what came of it. `hasChannel`: whether it is to have one. */
  async told(hasChannel: boolean): Promise<Told> {
    const { engine } = this.#side;
    if (hasChannel) await eventually('channel_closed is told', () => this.#engine.includes('channel_closed'));
    await this.#askGood();
    const { channels, framesRejected, slots } = engine.stats();
    expect({ channels, paused: engine.stats().pausedChannels, beyond: slots.beyond }).toEqual({
      channels: { connecting: 0, ready: 1, closing: 0, listening: 1 },
      paused: 0,
      beyond: 0,
    });
    expect(this.#channels.size).toBeLessThanOrEqual(1);
    const told = {
      shown: this.#shown,
      engine: this.#engine,
      rejected: framesRejected - this.#rejectedBefore,
    };
    this.#rejectedBefore = framesRejected;
    this.#shown = [];
    this.#engine = [];
    this.#channels = new Set();
    return told;
  }

  /** The good client is answered. */
  async #askGood(): Promise<void> {
    const id = ++this.#asked;
    say(this.#good, OpCode.Request, { id, payload: `question ${String(id)}` });
    const answer = await nextCopy(this.#good.group);
    expect(lineOf(answer)).toBe(`Response ${String(this.#good.channel)} "question ${String(id)}"`);
    expect(answer.messageId).toBe(BigInt(id));
  }

  async #pull(): Promise<void> {
    try {
      for await (const message of this.#side.group) this.#hear(message);
    } catch (error) {
      this.untyped.push(error);
    }
  }

  #hear(message: Message): void {
    try {
      if (message.channelNumber !== 0 && message.channelNumber !== this.#goodChannel) this.#note(message);
      if (message.isFromApplication() && ANSWERED.includes(message.opCode)) this.#answer(message);
    } catch (error) {
      if (!(error instanceof TofuError)) this.untyped.push(error);
    }
  }

  #answer(message: Message): void {
    using reply = message.reply();
    reply.body.append(message.body.bytes());
    this.#side.group.post(reply);
  }

  #note(message: Message): void {
    this.#channels.add(message.channelNumber);
    if (message.isFromApplication()) {
      if (message.status !== Status.success) throw new Error(`shown with a status: ${message.dump()}`);
      this.#shown.push(frameOf(message));
    } else if (message.opCode === OpCode.Signal) this.#engine.push(statusName(message.status));
    else if (message.status === Status.success) throw new Error(`the engine made ${message.dump()}`);
  }
}

function frameOf(message: Message): WireFrame {
  return {
    channel: 0,
    opCode: message.opCode,
    more: message.more,
    id: message.messageId,
    headers: Buffer.from(JSON.stringify([...message.textHeaders])),
    body: Buffer.from(message.body.bytes()),
    end: 0,
  };
}
