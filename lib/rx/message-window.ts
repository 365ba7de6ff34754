import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import type { Hold, Message } from '../message/message.js';
import type { OpCode } from '../message/op-code.js';
import { Slot } from '../message/ownership.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { NO_HOLD } from '../pool/hold.js';
import { redispatch } from '../pool/redispatch.js';
import { heldIterator } from './held-iterator.js';
import { reportUnhandled } from './report-unhandled.js';
import { Trampoline } from './trampoline.js';

/** A stream of messages that can also be pulled with `for await`: each message keeps its slot until the next pull. */
export interface MessageStream extends Observable<Message>, AsyncIterable<Message> {}

/** Who opened a window, and hears what becomes of it. */
export interface WindowOwner {
  /** Somebody reads it now. */
  windowRead(window: MessageWindow): void;
  /** Its reader has left before its end: what still comes for it is dropped. */
  windowLeft(window: MessageWindow): void;
  /** It was told to let go of its slots. */
  windowReleased(window: MessageWindow): void;
}

interface Kept {
  readonly message: EngineMessage;
  hold: Hold;
}

/** One for all windows: any may be read within the delivery of any other. */
const trampoline = new Trampoline();

/** How a window has ended. */
type End = { readonly error: unknown } | 'complete';

/**
 * The messages of one stream: the parts that share a channel, a message id and a role, up to the one without `more`.
 *
 * It has one reader: a second subscriber gets TofuError `not_allowed`. Until it is read it buffers, and each message keeps its slot, which
 * brakes the sender; so does one that is read slowly through `pooled` or `for await`. It completes behind the last part, and errors with
 * `channel_closed` when its channel closes first, with `communication_failed` when its sender gave it up, and with `pool_empty` when it was given up
 * because windows that nobody read held every slot.
 */
export class MessageWindow extends Observable<Message> implements MessageStream {
  /** The channel that the messages came on. */
  readonly channelNumber: number;
  /** Request, Response or Signal. */
  readonly opCode: OpCode;
  /** The first message, which is also the first value. */
  readonly first: Message;
  /** @internal */
  readonly owner: WindowOwner;
  #kept: Kept[] | null;
  #firstWaits: boolean;
  #reader: Subscriber<Message> | null;
  #isRead: boolean;
  /** Its delivery is under way, or waits for its turn. */
  #delivering: boolean;
  #left: boolean;
  #end: End | null;

  /** @internal */
  constructor(first: EngineMessage, owner: WindowOwner) {
    super(readWindow);
    this.channelNumber = first.channel;
    this.opCode = first.opCode;
    this.first = first;
    this.owner = owner;
    this.#kept = null;
    this.#firstWaits = false;
    this.#reader = null;
    this.#isRead = false;
    this.#delivering = false;
    this.#left = false;
    this.#end = null;
  }

  /** The id that the messages share. */
  get messageId(): bigint {
    return this.first.messageId;
  }

  /**
   * Gives back the slots that the window's messages hold. The messages stay, and are still delivered; their sender is no longer braked by
   * them. For readers that take their time on purpose.
   */
  release(): void {
    this.releaseKept();
    this.owner.windowReleased(this);
  }

  /** @internal Gives back what the window itself holds. */
  releaseKept(): void {
    if (this.#firstWaits) this.settleFirst(NO_HOLD);
    for (const kept of this.#kept ?? []) kept.hold[Symbol.dispose]();
  }

  /** Pulls the messages; each keeps its slot until the next pull. Leaving the loop leaves the window. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return heldIterator(this);
  }

  /** @internal Whether it has, or had, a reader. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** @internal Whether it has ended, or its reader has left. */
  get isOver(): boolean {
    return this.#left || this.#end !== null;
  }

  /** @internal Whether it has a reader, who has had all that came and waits for more. */
  get isStarved(): boolean {
    return this.#reader !== null && !this.isOver;
  }

  /** @internal Slots that it holds. */
  get held(): number {
    let held = 0;
    for (const { message } of this.#kept ?? []) if (message.slot !== Slot.none) held++;
    return held;
  }

  /**
   * @internal The first message is there and is being dispatched: whoever reads the window within the dispatch gets it at once, without
   * a hold. `settleFirst` keeps it for those that come later.
   */
  open(): void {
    this.#firstWaits = true;
  }

  /** @internal The dispatch of the first message ends. Its slot is kept by the window, or by whoever brings a hold of their own. */
  settleFirst(hold?: Hold): void {
    if (!this.#firstWaits) return;
    this.#firstWaits = false;
    if (this.#left) return;
    this.#keep(this.first as EngineMessage, hold);
  }

  /** @internal The slot of the first message is the window's from here on, until it is read. */
  holdFirst(hold: Hold): void {
    const kept = this.#isRead ? undefined : this.#kept?.[0];
    if (kept === undefined) hold[Symbol.dispose]();
    else kept.hold = hold;
  }

  /** @internal A part has come, and is being dispatched. */
  push(message: EngineMessage): void {
    if (this.isOver) return;
    if (this.#reader !== null && !this.#delivering) give(this.#reader, message);
    else this.#keep(message);
  }

  /** @internal The last part has come. */
  complete(): void {
    this.#finish('complete');
  }

  /** @internal No last part will come. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  /** @internal Fails it now, and gives back what it holds unread. */
  giveUp(error: TofuError): void {
    this.#firstWaits = false;
    this.#dropKept();
    // One that is complete and unread has not told anybody: it ends otherwise.
    if (!this.#isRead) this.#end = { error };
    else this.fail(error);
  }

  /** @internal Whoever it was for is through: what it holds unread is given back, what still comes is dropped. */
  abandon(): void {
    if (this.#isRead) return;
    this.#firstWaits = false;
    // One that has failed says why to whoever reads it all the same.
    this.#left = this.#end === null || this.#end === 'complete';
    this.#dropKept();
  }

  /** @internal What a subscriber does: the window's one reader. */
  read(subscriber: Subscriber<Message>): TeardownLogic {
    if (this.#isRead) {
      subscriber.error(new TofuError(Status.notAllowed, 'a window has one reader, and this one has had it'));
      return undefined;
    }
    this.#isRead = true;
    if (this.#left) {
      subscriber.error(new TofuError(Status.communicationFailed, 'the window was let go before it was read'));
      return undefined;
    }
    this.#reader = subscriber;
    subscriber.add(() => {
      this.#readerLeft();
    });
    this.owner.windowRead(this);
    this.#startDelivery();
    return undefined;
  }

  #startDelivery(): void {
    this.#delivering = true;
    trampoline.run(this);
  }

  /** @internal Delivers what waits, and the end if it has come; what comes meanwhile waits behind it. */
  deliver(): void {
    const subscriber = this.#reader;
    if (subscriber === null) return;
    if (this.#firstWaits) {
      this.#firstWaits = false;
      give(subscriber, this.first);
    }
    // Indexed: more may be kept while one of them is delivered.
    for (let at = 0; this.#kept !== null && at < this.#kept.length && !subscriber.closed; at++) {
      const { message, hold } = this.#kept[at] as Kept;
      redispatch(message, hold, () => {
        give(subscriber, message);
      });
    }
    this.#delivering = false;
    this.#kept = null;
    if (this.#end === null) return;
    try {
      if (this.#end === 'complete') subscriber.complete();
      else subscriber.error(this.#end.error);
    } catch (error) {
      reportUnhandled(error);
    }
  }

  #finish(end: End): void {
    if (this.isOver) return;
    this.#end = end;
    if (this.#reader !== null && !this.#delivering) this.#startDelivery();
  }

  #readerLeft(): void {
    this.#reader = null;
    this.#dropKept();
    if (this.#end !== null) return;
    this.#left = true;
    this.owner.windowLeft(this);
  }

  #keep(message: EngineMessage, hold?: Hold): void {
    (this.#kept ??= []).push({ message, hold: hold ?? message.keeper.retain(message, 'window') });
  }

  #dropKept(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const { hold } of kept) hold[Symbol.dispose]();
  }
}

/** A reader that throws keeps nothing from those of other windows, nor from itself. */
function give(reader: Subscriber<Message>, message: Message): void {
  try {
    reader.next(message);
  } catch (error) {
    reportUnhandled(error);
  }
}

/** One function for all windows: a closure each would be one more object a request. */
function readWindow(this: Observable<Message>, subscriber: Subscriber<Message>): TeardownLogic {
  return (this as MessageWindow).read(subscriber);
}
