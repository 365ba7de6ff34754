import { type Address, addressFromText, addressText } from '../address/address.js';
import type { EngineMessage } from '../message/engine-message.js';
import { OpCode, opCodeName } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Link, LinkReceiver, Listening, ListenReceiver } from '../transport/transport.js';
import { Channel } from './channel.js';
import { ChannelEvent, ChannelState, isOver } from './channel-state.js';
import type { EngineContext } from './context.js';
import { type ConnectionRejectedEvent, events } from './diagnostics.js';
import type { Delivery } from './open-channel.js';
import { welcomeResponse } from './notices.js';
import { type Greeter, ServerChannel } from './server-channel.js';

/** A listener: binds its address, takes connections, and ends by ByeSignal or with its group. */
export class ListenerChannel extends Channel implements ListenReceiver, Greeter {
  #address: string | undefined;
  #bound = '';
  #listening: Listening | null = null;
  /** Connections that have said no hello. */
  readonly #waiting = new Set<ServerChannel>();

  constructor(context: EngineContext, group: Delivery) {
    super(context, group, ChannelState.opening);
  }

  /** Takes the accepted WelcomeRequest, and begins to listen. */
  open(welcome: EngineMessage): void {
    this.openingIdHigh = welcome.idHigh;
    this.openingIdLow = welcome.idLow;
    this.#address = addressText(welcome);
    try {
      const address = addressFromText('server', this.#address ?? '');
      this.#listening = this.context.transportFor(address).listen(address, this);
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      this.context.clock.soon(() => {
        this.listeningOnFail(Status.invalidAddress);
      });
    }
  }

  override assertFits(message: EngineMessage): void {
    if (message.opCode === OpCode.ByeSignal) return;
    throw new TofuError(
      Status.notAllowed,
      `${opCodeName(message.opCode)} on channel ${String(this.number)}, which is a listener: only ByeSignal closes it`,
    );
  }

  /** Only ByeSignal fits. */
  override accept(): void {
    this.abort();
  }

  /** Nothing is ever queued on a listener. */
  override async writable(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return Promise.resolve();
  }

  override abort(): void {
    if (!this.transition(ChannelEvent.broken)) return;
    this.#listening?.close();
    for (const channel of this.#waiting) channel.abort();
    this.context.clock.soon(() => {
      this.conclude(Status.channelClosed);
    });
  }

  listeningOnReady(bound: Address): void {
    if (!this.transition(ChannelEvent.bound)) return;
    this.#bound = bound.toString();
    this.deliver(welcomeResponse(this, Status.success, bound.toString()));
  }

  listeningOnFail(status: Status): void {
    if (!this.transition(ChannelEvent.broken)) return;
    this.deliver(welcomeResponse(this, status, this.#address));
    this.conclude(status);
  }

  listeningOnLink(link: Link): LinkReceiver | null {
    if (isOver(this.state)) return null;
    if (!this.context.table.hasRoom()) {
      this.rejected('maxChannels', link);
      return null;
    }
    const channel = new ServerChannel(this.context, this.group, this, link);
    this.#waiting.add(channel);
    this.group.channelBegan(channel);
    return channel;
  }

  get address(): string {
    return this.#bound;
  }

  rejected(reason: ConnectionRejectedEvent['reason'], link: Link | null): void {
    this.context.counters.connectionsRefused++;
    if (!events.connectionRejected.isWatched) return;
    events.connectionRejected.tell({
      engine: this.context.face,
      channelNumber: 0,
      reason,
      listenerChannel: this.number,
      address: this.#bound,
      remote: link?.remote,
    });
  }

  greeted(channel: ServerChannel): void {
    this.#waiting.delete(channel);
  }
}
