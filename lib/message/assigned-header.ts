import type { EngineMessage } from './engine-message.js';
import { idFromHalves } from './message-id.js';
import type { BinaryHeader } from './message.js';
import { type OpCode, Origin } from './op-code.js';
import { MORE_BIT, OP_CODE_BITS } from './proto-byte.js';
import { Status } from './status.js';

/** The header of a message that was accepted; it outlives the message and pins nothing of it. */
export class AssignedHeader implements BinaryHeader {
  readonly channelNumber: number;
  readonly #proto: number;
  readonly #idHigh: number;
  readonly #idLow: number;

  constructor(message: EngineMessage) {
    this.channelNumber = message.channel;
    this.#proto = message.proto;
    this.#idHigh = message.idHigh;
    this.#idLow = message.idLow;
  }

  get opCode(): OpCode {
    return (this.#proto & OP_CODE_BITS) as OpCode;
  }
  get origin(): Origin {
    return Origin.application;
  }
  get more(): boolean {
    return (this.#proto & MORE_BIT) !== 0;
  }
  get status(): Status {
    return Status.success;
  }
  get messageId(): bigint {
    return idFromHalves(this.#idHigh, this.#idLow);
  }
}
