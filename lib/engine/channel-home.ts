import { describe } from '../message/describe.js';
import type { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { ClientChannel } from './client-channel.js';
import type { Delivery, OpenChannel } from './open-channel.js';
import type { EngineContext } from './context.js';
import type { GroupStream } from './group-stream.js';
import { ListenerChannel } from './listener-channel.js';
import { poolEmpty } from './notices.js';

/** The channels of a group, and the group as they know it: where they deliver, and who ends them. */
export class ChannelHome implements Delivery {
  readonly #context: EngineContext;
  readonly #stream: GroupStream;
  readonly #channels = new Set<OpenChannel>();
  /** The spell of want that this group was told of last. */
  #toldSpell = 0;
  #allClosed: (() => void) | null = null;

  constructor(context: EngineContext, stream: GroupStream) {
    this.#context = context;
    this.#stream = stream;
  }

  get slotsUndelivered(): number {
    return this.#stream.slotsUndelivered;
  }

  deliver(message: EngineMessage, channel: OpenChannel | null): void {
    this.#stream.deliver(message, channel);
  }

  poolEmpty(spell: number): void {
    if (spell === this.#toldSpell || !this.#stream.wantsPoolEmpty()) return;
    this.#toldSpell = spell;
    this.#stream.deliver(poolEmpty(this.#context.pool), null);
  }

  /**
   * A new channel, in the table: a connection for a HelloRequest, a listener for a WelcomeRequest.
   *
   * @throws TofuError `not_allowed` past `maxChannels`, and when no number is free
   */
  open(opCode: OpCode): ClientChannel | ListenerChannel {
    const { table, options } = this.#context;
    if (!table.hasRoom()) {
      throw new TofuError(
        Status.notAllowed,
        `${String(table.size)} channels and waiting sockets are open: one more would pass maxChannels (${String(options.maxChannels)})`,
      );
    }
    const channel =
      opCode === OpCode.HelloRequest
        ? new ClientChannel(this.#context, this)
        : new ListenerChannel(this.#context, this);
    if (!table.add(channel)) throw new TofuError(Status.notAllowed, 'no channel number is free');
    this.channelBegan(channel);
    return channel;
  }

  /**
   * The open channel with this number.
   *
   * @throws TofuError `invalid_channel_number` when none is open, `invalid_message_channel_group` when it is another group's
   */
  own(number: number): OpenChannel {
    const channel = this.#context.table.get(number);
    if (channel?.group !== this || !channel.isOpen) throw notOwn(number, channel);
    return channel;
  }

  channelBegan(channel: OpenChannel): void {
    this.#channels.add(channel);
  }

  channelEnded(channel: OpenChannel): void {
    this.#channels.delete(channel);
    if (this.#channels.size === 0) this.#allClosed?.();
  }

  /** Aborts every channel. `done` is called when the last one has said what it had to say: at once where there is none. */
  closeAll(done: () => void): void {
    if (this.#channels.size === 0) {
      done();
      return;
    }
    this.#allClosed = done;
    for (const channel of this.#channels) channel.abort();
  }
}

function notOwn(number: unknown, channel: OpenChannel | undefined): TofuError {
  return channel?.isOpen === true
    ? new TofuError(
        Status.invalidMessageChannelGroup,
        `channelNumber ${String(number)} belongs to another group`,
      )
    : new TofuError(Status.invalidChannelNumber, `channelNumber ${describe(number)} is not open`);
}
