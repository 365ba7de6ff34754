import { Observable, type OperatorFunction, type Subscriber, Subscription } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import { OpCode } from '../message/op-code.js';
import { Use } from '../message/ownership.js';
import { MORE_BIT } from '../message/proto-byte.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { MessagePool } from '../pool/message-pool.js';
import { OwnIdleWindows } from '../pool/own-idle-windows.js';
import { redispatch } from '../pool/redispatch.js';
import { optionsOf } from '../rx/arguments.js';
import { MessageWindow, type WindowOwner } from '../rx/message-window.js';
import { subscribeWithin } from '../rx/subscribe-within.js';
import { WindowTable } from '../rx/window-table.js';
import { checkedNumber, POSITIVE } from './numeric-option.js';

/** How many windows `windowByMessageId` may have open. */
export interface WindowOptions {
  /**
   * The most windows of one channel that may be open; a further one errors at once with `pool_empty` and holds no slot, and nothing else of it is
   * shown, for as many ids again; beyond those each message is refused for itself. 0 or absent means the default, Infinity no limit. @default 16384
   */
  maxWindows?: number;
}

const DEFAULT_MAX_WINDOWS = 16_384;

/**
 * Cuts a stream of messages into windows: one Observable for each run of Requests, Responses or Signals that share a channel, a message id and a
 * role, up to the one without `more`.
 *
 * A window buffers until it is subscribed, its messages holding their slots; nothing is lost by subscribing late or in
 * series, and the sender is braked meanwhile. Read through `pooled` it follows its reader's pace. It completes with its last message, and errors
 * with `channel_closed` when its channel closes first. Engine messages, Hello and Bye open no windows; but let the engine's through to it: without
 * channel_closed a window whose channel has died stays open.
 *
 * Unsubscribing gives up the windows that nobody reads; those being read go on, and keep the source subscribed, until they end. A source that completes or
 * errors ends its open windows with `communication_failed` or that error. When windows that nobody reads hold every slot a waiting channel may have for `stallTimeout`, the
 * youngest errors with `pool_empty`; and where a window that is read waits behind them, the next ones do without another wait.
 *
 * `groupBy` with a duration loses the last message for whoever subscribes late; this does not.
 *
 * @example
 * group.pipe(
 *   filter(message => message.isFromEngine() || message.opCode === OpCode.Request),
 *   windowByMessageId(),
 *   pooled(window => window.pipe(reassemble()), 8),
 * ).subscribe(file => save(file));
 */
export function windowByMessageId(options: WindowOptions = {}): OperatorFunction<Message, MessageWindow> {
  const asked = optionsOf(options).maxWindows ?? 0;
  const maxWindows = checkedNumber('option maxWindows', asked === 0 ? DEFAULT_MAX_WINDOWS : asked, POSITIVE);
  return source =>
    new Observable(subscriber => {
      new Windows(subscriber, maxWindows).follow(source);
    });
}

function unread(): TofuError {
  return new TofuError(Status.communicationFailed, 'the window was given up: nobody had read it');
}

/** One subscription's windows. */
class Windows implements WindowOwner {
  readonly #subscriber: Subscriber<MessageWindow>;
  readonly #maxWindows: number;
  readonly #table = new WindowTable<MessageWindow>();
  /** Lasts as long as the source is needed: until its end, or until outside has left and the last reader, too. */
  readonly #life = new Subscription();
  readonly #idle = new OwnIdleWindows<MessageWindow>(
    ({ channelNumber }) => this.#reading > 0 && this.#table.someOn(channelNumber, other => other.isStarved),
  );
  #reading = 0;
  #outsideLeft = false;
  #isSourceDone = false;

  constructor(subscriber: Subscriber<MessageWindow>, maxWindows: number) {
    this.#subscriber = subscriber;
    this.#maxWindows = maxWindows;
    // Wired before the source can emit.
    subscriber.add(() => {
      this.#outsideGone();
    });
  }

  follow(source: Observable<Message>): void {
    subscribeWithin(this.#life, source, {
      next: message => {
        try {
          this.#take(message as EngineMessage);
        } catch (error) {
          // A strict engine's: the slot of the message is gone.
          this.#life.unsubscribe();
          this.#failed(error);
        }
      },
      error: (error: unknown) => {
        this.#failed(error);
      },
      complete: () => {
        this.#sourceEnded(
          new TofuError(Status.communicationFailed, 'the source ended before the last message came'),
        );
        this.#subscriber.complete();
      },
    });
  }

  #failed(error: unknown): void {
    this.#sourceEnded(error);
    this.#subscriber.error(error);
  }

  /** Outside nobody wants windows any more. Behind the end of the source those that came before it may still be read. */
  #outsideGone(): void {
    this.#outsideLeft = true;
    if (this.#isSourceDone) return;
    for (const window of this.#idle.all) {
      this.#idle.remove(window);
      window.giveUp(unread());
    }
    this.#stopWhenUnread();
  }

  windowRead(window: MessageWindow): void {
    this.#idle.remove(window);
    if (window.isOver) return;
    this.#reading++;
  }

  windowLeft(): void {
    this.#readerGone();
  }

  windowReleased(): void {
    // What still comes for it holds slots again, while nobody reads it.
  }

  #take(message: EngineMessage): void {
    if (message.isFromEngine()) {
      if (message.endsChannel) this.#channelClosed(message.channel);
      return;
    }
    if (message.opCode > OpCode.Signal || message.statusByte !== Status.success) return;
    const found = this.#table.get(message.channel, message.proto, message.idHigh, message.idLow);
    const isDropped = found === null || found?.isOver === true;
    if (message.use !== Use.shared || isDropped) this.#takeIn(message, found);
    else {
      // Its dispatch is over: this is another one, with its slot if somebody still has that.
      redispatch(message, message.keeper.hold(message, 'window'), () => {
        this.#takeIn(message, found);
      });
    }
  }

  #takeIn(message: EngineMessage, found: MessageWindow | null | undefined): void {
    const isLast = (message.proto & MORE_BIT) === 0;
    const window = found === undefined ? this.#open(message, isLast) : found;
    if (found !== undefined) window?.push(message);
    if (!isLast) return;
    if (found !== undefined)
      this.#table.delete(message.channel, message.proto, message.idHigh, message.idLow);
    if (window !== null) this.#complete(window);
  }

  /** A new window, announced; null where it is not wanted any more, or refused. */
  #open(first: EngineMessage, isLast: boolean): MessageWindow | null {
    if (this.#outsideLeft) return null;
    const isOverLimit = this.#table.openOn(first.channel) >= this.#maxWindows;
    const window = new MessageWindow(first, this);
    // The id of a window that was refused stays taken until its last message, and nothing of it is shown. A peer that goes on
    // beyond the limit all the same must not fill the memory with ids: each message of those is refused for itself.
    if (!isLast && (!isOverLimit || this.#table.takenOn(first.channel) < this.#maxWindows)) {
      const kept = isOverLimit ? null : window;
      this.#table.set(first.channel, first.proto, first.idHigh, first.idLow, kept);
    }
    if (isOverLimit) {
      window.fail(
        new TofuError(
          Status.poolEmpty,
          `channel ${String(first.channel)} has ${String(this.#maxWindows)} windows open, the limit`,
        ),
      );
      this.#subscriber.next(window);
      return null;
    }
    window.open();
    this.#subscriber.next(window);
    window.settleFirst();
    if (!window.isRead) this.#becomeIdle(window, first);
    return window;
  }

  #complete(window: MessageWindow): void {
    const wasRead = window.isRead && !window.isOver;
    window.complete();
    if (wasRead) this.#readerGone();
  }

  #channelClosed(channelNumber: number): void {
    const error = new TofuError(
      Status.channelClosed,
      `channel ${String(channelNumber)} closed before the last message came`,
    );
    for (const window of this.#table.deleteChannel(channelNumber)) this.#fail(window, error);
  }

  /** There is nobody to brake any more: what is not read yet stays, but not its slots. */
  #sourceEnded(error: unknown): void {
    this.#isSourceDone = true;
    for (const window of this.#idle.all) {
      this.#idle.remove(window);
      window.release();
    }
    for (const window of this.#table.clear()) this.#fail(window, error);
  }

  #fail(window: MessageWindow, error: unknown): void {
    const wasRead = window.isRead && !window.isOver;
    window.fail(error);
    if (wasRead) this.#readerGone();
  }

  #readerGone(): void {
    this.#reading--;
    this.#stopWhenUnread();
  }

  #stopWhenUnread(): void {
    if (this.#outsideLeft && this.#reading === 0) this.#life.unsubscribe();
  }

  /** Nobody has read it when it was announced. */
  #becomeIdle(window: MessageWindow, first: EngineMessage): void {
    if (this.#isSourceDone) {
      window.release();
      return;
    }
    if (this.#outsideLeft) {
      window.giveUp(unread());
      return;
    }
    this.#idle.add(window, (first.keeper as MessagePool).idleWindows, {
      giveUp: () => {
        window.giveUp(
          new TofuError(
            Status.poolEmpty,
            'windows that nobody reads held every slot: the youngest was given up',
          ),
        );
      },
    });
  }
}
