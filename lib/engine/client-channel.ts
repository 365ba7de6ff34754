import { addressFromText, addressText } from '../address/address.js';
import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { FrameDecoder } from '../wire/decoder.js';
import type { Delivery } from './open-channel.js';
import { ChannelEvent, ChannelState } from './channel-state.js';
import type { EngineContext } from './context.js';
import { events } from './diagnostics.js';
import { IoChannel } from './io-channel.js';
import { failedHelloResponse } from './notices.js';

/** A connection that our HelloRequest asked for. */
export class ClientChannel extends IoChannel {
  #address: string | undefined;
  #awaitsHelloResponse = true;
  #dialFailure: Status | null = null;

  constructor(context: EngineContext, group: Delivery) {
    super(context, group, ChannelState.connecting, false);
  }

  /** Takes the accepted HelloRequest, and dials. */
  open(hello: EngineMessage): void {
    this.openingIdHigh = hello.idHigh;
    this.openingIdLow = hello.idLow;
    this.#address = addressText(hello);
    this.accept(hello);
    try {
      const address = addressFromText('client', this.#address ?? '');
      this.outbox.link = this.context.transportFor(address).dial(address, this);
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      this.context.clock.soon(() => {
        this.linkOnClose(Status.invalidAddress);
      });
      return;
    }
    this.timer.start(this.context.options.connectTimeout, () => {
      this.#dialFailure = Status.connectFailed;
      this.outbox.link?.reset();
    });
  }

  protected override assertMayAnswerHello(): void {
    throw new TofuError(
      Status.notAllowed,
      `HelloResponse on channel ${String(this.number)}, which is a client's: the server answers`,
    );
  }

  protected override helloAnswerPosted(): void {
    // Refused by assertMayAnswerHello.
  }

  protected override refusalInHandshake(opCode: OpCode, frame: FrameDecoder): string | null {
    if (opCode === OpCode.HelloRequest) return 'HelloRequest to a client';
    if (opCode !== OpCode.HelloResponse) return null;
    if (!this.#awaitsHelloResponse) return 'a second HelloResponse';
    if (frame.idHigh !== this.openingIdHigh || frame.idLow !== this.openingIdLow) {
      return "HelloResponse with another id than its HelloRequest's";
    }
    return null;
  }

  protected override helloReceived(): void {
    this.#awaitsHelloResponse = false;
    this.transition(ChannelEvent.helloAnswered);
  }

  protected override tellOpened(): void {
    if (!events.connect.isWatched) return;
    events.connect.tell({
      engine: this.context.face,
      channelNumber: this.number,
      address: this.#address ?? '',
      remote: this.outbox.link?.remote,
    });
  }

  override dialFailed(end: Status): void {
    // A ByeSignal that gave the HelloRequest up has moved the channel on already.
    if (this.state !== ChannelState.ending) this.#dialFailure ??= end;
  }

  override helloFailure(): EngineMessage | null {
    return this.#dialFailure === null ? null : failedHelloResponse(this, this.#dialFailure, this.#address);
  }
}
