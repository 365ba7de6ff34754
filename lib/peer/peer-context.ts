import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import type { EngineContext } from '../engine/context.js';
import type { GroupCore } from '../engine/group-core.js';
import type { IoChannel } from '../engine/io-channel.js';
import { TofuError } from '../message/tofu-error.js';
import { RX_CANCEL } from './rx-headers.js';

/** What the parts of one Peer share: its connection, and how to write on it. */
export class PeerContext {
  readonly group: GroupCore;
  readonly channel: IoChannel;
  readonly engine: EngineContext;
  readonly #plain: EngineMessage;

  constructor(group: GroupCore, channelNumber: number) {
    this.group = group;
    this.channel = group.connection(channelNumber);
    this.engine = group.context;
    this.#plain = EngineMessage.fresh(this.engine.pool);
  }

  /** An empty message on this channel, without a slot: what it answers holds one. */
  message(opCode: OpCode, idHigh: number, idLow: number): EngineMessage {
    const message = EngineMessage.fresh(this.engine.pool);
    message.proto = opCode;
    message.channel = this.channel.number;
    message.idHigh = idHigh;
    message.idLow = idLow;
    return message;
  }

  /**
   * Posts a body alone, in a message that is used again and again: nobody sees it.
   *
   * @throws TofuError as `post`, and as `body.append`
   */
  postPlain(opCode: OpCode, idHigh: number, idLow: number, payload: string | Uint8Array): void {
    const message = this.#plain;
    message.reuse(this.channel.number, opCode, idHigh, idLow);
    message.body.lend(payload);
    this.post(message);
  }

  /** Posts it; throws as `group.post` does, and `channel_closed` when the channel is over. */
  post(message: EngineMessage): void {
    this.group.postOn(this.channel, message);
  }

  /** Posts what nobody waits for; a channel that takes nothing any more makes it pointless. Whether it was posted. */
  postIfOpen(message: EngineMessage): boolean {
    try {
      this.post(message);
      return true;
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      return false;
    }
  }

  /** Tells the peer that nobody wants the stream of this id any more. */
  sendCancel(idHigh: number, idLow: number): void {
    const signal = this.message(OpCode.Signal, idHigh, idLow);
    signal.textHeaders.append(RX_CANCEL, '1');
    this.postIfOpen(signal);
  }
}
