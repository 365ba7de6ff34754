import type { EngineMessage } from '../message/engine-message.js';
import { OpCode, opCodeName } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Link } from '../transport/transport.js';
import { type ConnectionRejectedEvent, events } from './diagnostics.js';
import type { Delivery } from './open-channel.js';
import { ChannelEvent, ChannelState } from './channel-state.js';
import type { EngineContext } from './context.js';
import { IoChannel } from './io-channel.js';

/** What an accepted connection is to its listener until its hello has come. */
export interface Greeter {
  readonly number: number;
  /** Where it listens. */
  readonly address: string;
  /** The connection is reset, for it met a limit. */
  rejected(reason: ConnectionRejectedEvent['reason'], link: Link | null): void;
  /** The connection has said its hello, or is gone. */
  greeted(channel: ServerChannel): void;
}

/**
 * A connection that a listener accepted. It has no number, and its group hears nothing of it, until its HelloRequest has
 * arrived whole and legal.
 */
export class ServerChannel extends IoChannel {
  readonly #greeter: Greeter;
  #mayAnswerHello = true;

  constructor(context: EngineContext, group: Delivery, greeter: Greeter, link: Link) {
    super(context, group, ChannelState.accepted, true);
    this.#greeter = greeter;
    this.outbox.link = link;
    context.table.addUnnumbered();
    this.timer.start(context.options.handshakeTimeout, () => {
      greeter.rejected('handshakeTimeout', this.outbox.link);
      this.abort();
    });
  }

  protected override assertMayAnswerHello(message: EngineMessage): void {
    if (!this.#mayAnswerHello) {
      throw new TofuError(Status.notAllowed, `a second HelloResponse on channel ${String(this.number)}`);
    }
    if (message.idHigh !== this.openingIdHigh || message.idLow !== this.openingIdLow) {
      throw new TofuError(
        Status.invalidMessageId,
        `HelloResponse with messageId ${String(message.messageId)}, which is not its HelloRequest's`,
      );
    }
  }

  protected override helloAnswerPosted(): void {
    this.#mayAnswerHello = false;
  }

  protected override refusalInHandshake(opCode: OpCode): string | null {
    if (this.state === ChannelState.accepted) {
      if (opCode !== OpCode.HelloRequest) return `${opCodeName(opCode)} before a HelloRequest`;
      return this.#takeNumber() ? null : 'no channel number is free';
    }
    if (opCode === OpCode.HelloRequest) return 'a second HelloRequest';
    return opCode === OpCode.HelloResponse ? 'HelloResponse to a server' : null;
  }

  protected override helloReceived(message: EngineMessage): void {
    this.transition(ChannelEvent.helloArrived);
    this.timer.clear();
    this.openingIdHigh = message.idHigh;
    this.openingIdLow = message.idLow;
    message.listener = this.#greeter.number;
  }

  protected override tellOpened(): void {
    if (!events.accept.isWatched) return;
    events.accept.tell({
      engine: this.context.face,
      channelNumber: this.number,
      listenerChannel: this.#greeter.number,
      address: this.#greeter.address,
      remote: this.outbox.link?.remote,
    });
  }

  override dialFailed(): void {
    // It was never dialled.
  }

  override helloFailure(): null {
    return null;
  }

  override conclude(how: Status, unsent?: readonly EngineMessage[]): void {
    if (this.number === 0) {
      this.context.table.removeUnnumbered();
      this.#greeter.greeted(this);
    }
    super.conclude(how, unsent);
  }

  #takeNumber(): boolean {
    if (this.number !== 0) return true;
    if (!this.context.table.add(this)) return false;
    this.context.table.removeUnnumbered();
    this.#greeter.greeted(this);
    return true;
  }
}
