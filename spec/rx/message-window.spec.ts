import { catchError, concatMap, finalize, from, map, of, Subject, take, toArray } from 'rxjs';
import { type Message, OpCode, pooled, Status, TofuError } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { MessageWindow, type WindowOwner } from '../../lib/rx/message-window.js';
import { type Arrival, Dispatcher, last, part, textOf } from '../support/dispatch.js';

/** Writes down what a window tells its owner. */
class Owner implements WindowOwner {
  readonly log: string[] = [];
  windowRead(): void {
    this.log.push('read');
  }
  windowLeft(): void {
    this.log.push('left');
  }
  windowReleased(): void {
    this.log.push('released');
  }
}

let pool: Dispatcher;
let owner: Owner;

beforeEach(() => {
  pool = new Dispatcher();
  owner = new Owner();
});

/** A window whose first message is being pushed, and is pushed to it, too. */
function openWith(arrival: Arrival): MessageWindow {
  let window: MessageWindow | undefined;
  pool.push(arrival, first => {
    window = new MessageWindow(first as EngineMessage, owner);
    window.push(first as EngineMessage);
  });
  return window as MessageWindow;
}

/** Pushes one more message to a window. */
function push(window: MessageWindow, arrival: Arrival): void {
  pool.push(arrival, message => {
    window.push(message as EngineMessage);
  });
}

/** What a reader of a window is told from now on. */
function read(window: MessageWindow): string[] {
  const log: string[] = [];
  window.subscribe({
    next: message => log.push(textOf(message)),
    complete: () => log.push('|'),
    error: (error: TofuError) => log.push(error.code),
  });
  return log;
}

const gaveUp = new TofuError(Status.poolEmpty, 'given up');

describe('MessageWindow', () => {
  it('says what its messages share, and which came first', () => {
    const window = openWith(part('a', { channel: 7, id: 2n ** 64n - 1n, opCode: OpCode.Signal }));
    expect(window).toMatchObject({ channelNumber: 7, messageId: 2n ** 64n - 1n, opCode: OpCode.Signal });
    expect(textOf(window.first)).toBe('a');
    window.subscribe(message => expect(message).toBe(window.first)).unsubscribe();
    expect.assertions(3);
  });

  describe('that nobody reads', () => {
    it('keeps its messages with their slots, and gives all of them to its reader', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      push(window, last('c'));
      window.complete();
      expect(pool.held).toBe(3);
      expect(window.held).toBe(3);
      expect(pool.pool.heldBy.window).toBe(3);
      expect(read(window)).toEqual(['a', 'b', 'c', '|']);
      expect(pool.held).toBe(0);
      expect(owner.log).toEqual(['read']);
    });

    it('gives what came before its error first', () => {
      const window = openWith(part('a'));
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      expect(pool.held).toBe(1);
      expect(read(window)).toEqual(['a', 'channel_closed']);
      expect(pool.held).toBe(0);
    });

    it('drops what it has when it is given up, and tells its reader why', () => {
      const window = openWith(part('a'));
      push(window, last('b'));
      window.complete();
      window.giveUp(gaveUp);
      expect(pool.held).toBe(0);
      push(window, last('c'));
      expect(pool.held).toBe(0);
      expect(read(window)).toEqual(['pool_empty']);
    });

    it('gives its slots back when it is released, and keeps its messages', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      window.release();
      expect(pool.held).toBe(0);
      expect(window.held).toBe(0);
      push(window, last('c'));
      window.complete();
      expect(window.held).toBe(1);
      expect(owner.log).toEqual(['released']);
      expect(read(window)).toEqual(['a', 'b', 'c', '|']);
      expect(pool.held).toBe(0);
    });

    it('keeps messages that hold no slot, too', () => {
      const clones: Message[] = [];
      pool.push(part('a'), message => clones.push(message.clone()));
      const [clone] = clones as [EngineMessage];
      const window = new MessageWindow(clone, owner);
      window.push(clone);
      expect(window.held).toBe(0);
      expect(read(window)).toEqual(['a']);
    });

    it('drops what it has when whoever it was for is through', () => {
      const window = openWith(part('a'));
      window.abandon();
      expect(pool.held).toBe(0);
      push(window, last('b'));
      expect(pool.held).toBe(0);
      expect(read(window)).toEqual(['communication_failed']);
    });
  });

  describe('that is read', () => {
    it('passes on what comes, and holds nothing', () => {
      const window = openWith(part('a'));
      const log = read(window);
      push(window, part('b'));
      expect(log).toEqual(['a', 'b']);
      expect(pool.held).toBe(0);
      push(window, last('c'));
      window.complete();
      expect(log).toEqual(['a', 'b', 'c', '|']);
      expect(owner.log).toEqual(['read']);
    });

    it('has one reader: a second is refused, also when the first has gone', () => {
      const window = openWith(part('a'));
      const first = window.subscribe();
      expect(read(window)).toEqual(['not_allowed']);
      first.unsubscribe();
      expect(read(window)).toEqual(['not_allowed']);
      expect(owner.log).toEqual(['read', 'left']);
    });

    it('drops what still comes when its reader has left', () => {
      const window = openWith(part('a'));
      const log: string[] = [];
      window.pipe(take(2)).subscribe(message => log.push(textOf(message)));
      push(window, part('b'));
      push(window, last('c'));
      window.complete();
      expect(log).toEqual(['a', 'b']);
      expect(pool.held).toBe(0);
      expect(owner.log).toEqual(['read', 'left']);
    });

    it('gives back what its reader has left unread', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      push(window, part('c'));
      window.pipe(take(1)).subscribe();
      expect(pool.held).toBe(0);
      expect(owner.log).toEqual(['read', 'left']);
    });

    it('tells nobody that its reader left when it had ended before', () => {
      const window = openWith(last('a'));
      push(window, last('b'));
      window.complete();
      window.pipe(take(1)).subscribe();
      expect(pool.held).toBe(0);
      expect(owner.log).toEqual(['read']);
    });

    it('lets its reader take holds, also of what had waited', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      const gate = new Subject<string>();
      const subscription = window.pipe(pooled(() => gate)).subscribe();
      push(window, part('c'));
      expect(pool.held).toBe(3);
      expect(pool.pool.heldBy).toMatchObject({ window: 0, pooled: 3 });
      subscription.unsubscribe();
      expect(pool.held).toBe(0);
    });

    it('tells its reader the error at once', () => {
      const window = openWith(part('a'));
      const log = read(window);
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      expect(log).toEqual(['a', 'channel_closed']);
      window.complete();
      expect(log).toHaveLength(2);
    });

    it('tells its reader when it is given up', () => {
      const window = openWith(part('a'));
      const log = read(window);
      window.giveUp(gaveUp);
      expect(log).toEqual(['a', 'pool_empty']);
    });

    it('is read within the dispatch of its first message without another hold', () => {
      const log: string[] = [];
      pool.push(part('a'), message => {
        const window = new MessageWindow(message as EngineMessage, owner);
        window.open();
        window.subscribe(first => log.push(`${textOf(first)} ${String(pool.pool.heldBy.window)}`));
        window.settleFirst();
      });
      expect(log).toEqual(['a 0']);
      expect(pool.held).toBe(0);
    });

    it('is read behind that dispatch with the hold that was settled', () => {
      let window: MessageWindow | undefined;
      pool.push(part('a'), message => {
        window = new MessageWindow(message as EngineMessage, owner);
        window.open();
        window.settleFirst();
      });
      expect(pool.held).toBe(1);
      expect(read(window as MessageWindow)).toEqual(['a']);
      expect(pool.held).toBe(0);
    });

    it('keeps nothing of a first message that was given up within its dispatch', () => {
      pool.push(part('a'), message => {
        const window = new MessageWindow(message as EngineMessage, owner);
        window.open();
        window.giveUp(gaveUp);
        window.settleFirst();
      });
      expect(pool.held).toBe(0);
    });
  });

  describe('within its own delivery', () => {
    it('keeps the order when more comes', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      const log: string[] = [];
      window.subscribe({
        next: message => {
          log.push(textOf(message));
          if (textOf(message) === 'a') push(window, part('c'));
          if (textOf(message) === 'c') {
            push(window, last('d'));
            window.complete();
          }
        },
        complete: () => log.push('|'),
      });
      expect(log).toEqual(['a', 'b', 'c', 'd', '|']);
      expect(pool.held).toBe(0);
    });

    it('stops when its reader leaves', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      const log: string[] = [];
      // The subscription is known only when subscribe() returns: take() leaves from within.
      window.pipe(take(1)).subscribe(message => {
        log.push(textOf(message));
        push(window, part('c'));
      });
      expect(log).toEqual(['a']);
      expect(pool.held).toBe(0);
    });

    it('delivers what came before the error that comes meanwhile', () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      const log: string[] = [];
      window.subscribe({
        next: message => {
          log.push(textOf(message));
          window.fail(new TofuError(Status.channelClosed, 'closed'));
        },
        error: (error: TofuError) => log.push(error.code),
      });
      expect(log).toEqual(['a', 'b', 'channel_closed']);
    });
  });

  describe('read within the delivery of another', () => {
    it('follows it in the same turn', () => {
      const [first, second] = [openWith(part('a')), openWith(part('x'))];
      push(first, part('b'));
      const log: string[] = [];
      first.subscribe(message => {
        log.push(textOf(message));
        if (textOf(message) === 'a') second.subscribe(other => log.push(textOf(other)));
      });
      expect(log).toEqual(['a', 'b', 'x']);
      expect(pool.held).toBe(0);
    });

    it('gives back what it has when its reader leaves before that', () => {
      const [first, second] = [openWith(part('a')), openWith(part('x'))];
      const log: string[] = [];
      first.subscribe(() => {
        second.subscribe(other => log.push(textOf(other))).unsubscribe();
      });
      expect(log).toEqual([]);
      expect(pool.held).toBe(0);
    });

    it.each([
      { how: 'whole', reader: (window: MessageWindow) => window.pipe(toArray()) },
      { how: 'in part', reader: (window: MessageWindow) => window.pipe(take(1)) },
      {
        how: 'to an error',
        reader: (window: MessageWindow) => {
          window.giveUp(gaveUp);
          return window.pipe(catchError(() => of('given up')));
        },
      },
    ])('is no deeper stack, when concatMap reads 20,000 of them $how', ({ reader }) => {
      const windows = Array.from({ length: 20_000 }, () => {
        const window = openWith(last('a'));
        window.complete();
        return window;
      });
      // The one that is being read when the others are through.
      const current = openWith(part('a'));
      let count = 0;
      let ended = false;
      from([current, ...windows])
        .pipe(concatMap(window => (window === current ? window : reader(window))))
        .subscribe({ next: () => count++, complete: () => (ended = true) });
      expect(count).toBe(1);
      current.complete();
      expect(count).toBe(20_001);
      expect(ended).toBe(true);
      expect(pool.held).toBe(0);
    });
  });

  describe('pulled with for await', () => {
    it('keeps the slot of each message until the next pull, and brakes so', async () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      const held: string[] = [];
      for await (const message of window) {
        held.push(`${textOf(message)} ${String(pool.held)}`);
        if (textOf(message) === 'b') {
          push(window, last('c'));
          window.complete();
        }
      }
      expect(held).toEqual(['a 2', 'b 1', 'c 1']);
      expect(pool.held).toBe(0);
    });

    it('is left with the loop', async () => {
      const window = openWith(part('a'));
      push(window, part('b'));
      for await (const message of window) {
        expect(textOf(message)).toBe('a');
        break;
      }
      expect(pool.held).toBe(0);
      expect(owner.log).toEqual(['read', 'left']);
    });

    it('throws its error', async () => {
      const window = openWith(part('a'));
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      const texts: string[] = [];
      const loop = async (): Promise<void> => {
        for await (const message of window) texts.push(textOf(message));
      };
      await expect(loop()).rejects.toMatchObject({ code: 'channel_closed' });
      expect(texts).toEqual(['a']);
      expect(pool.held).toBe(0);
    });
  });

  it('is an Observable for RxJS: from() takes it as one, and operators give Observables', () => {
    const window = openWith(last('a'));
    window.complete();
    expect(from(window)).toBe(window);
    const log: string[] = [];
    of(window)
      .pipe(
        concatMap(inner => inner),
        map(textOf),
        finalize(() => log.push('over')),
      )
      .subscribe(text => log.push(text));
    expect(log).toEqual(['a', 'over']);
    expect(window.pipe()).toBe(window);
    expect(window.pipe(map(textOf))).not.toBeInstanceOf(MessageWindow);
  });
});
