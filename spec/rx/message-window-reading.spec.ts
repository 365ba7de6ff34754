import { Subject, take } from 'rxjs';
import { pooled, Status, TofuError } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { MessageWindow } from '../../lib/rx/message-window.js';
import { last, part, textOf } from '../support/dispatch.js';
import { LoneWindows } from '../support/lone-windows.js';
import { readWindow } from '../support/windows.js';

let windows: LoneWindows;

beforeEach(() => {
  windows = new LoneWindows();
});

const gaveUp = new TofuError(Status.poolEmpty, 'given up');

describe('MessageWindow', () => {
  describe('that is read', () => {
    it('passes on what comes, and holds nothing', () => {
      const window = windows.open(part('a'));
      const log = readWindow(window);
      windows.push(window, part('b'));
      expect(log).toEqual(['a', 'b']);
      expect(windows.pool.held).toBe(0);
      windows.push(window, last('c'));
      window.complete();
      expect(log).toEqual(['a', 'b', 'c', '|']);
      expect(windows.owner.log).toEqual(['read']);
    });

    it('has one reader: a second is refused, also when the first has gone', () => {
      const window = windows.open(part('a'));
      const first = window.subscribe();
      expect(readWindow(window)).toEqual(['not_allowed']);
      first.unsubscribe();
      expect(readWindow(window)).toEqual(['not_allowed']);
      expect(windows.owner.log).toEqual(['read', 'left']);
    });

    it('drops what still comes when its reader has left', () => {
      const window = windows.open(part('a'));
      const log: string[] = [];
      window.pipe(take(2)).subscribe(message => log.push(textOf(message)));
      windows.push(window, part('b'));
      windows.push(window, last('c'));
      window.complete();
      expect(log).toEqual(['a', 'b']);
      expect(windows.pool.held).toBe(0);
      expect(windows.owner.log).toEqual(['read', 'left']);
    });

    it('gives back what its reader has left unread', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      windows.push(window, part('c'));
      window.pipe(take(1)).subscribe();
      expect(windows.pool.held).toBe(0);
      expect(windows.owner.log).toEqual(['read', 'left']);
    });

    it('tells nobody that its reader left when it had ended before', () => {
      const window = windows.open(last('a'));
      windows.push(window, last('b'));
      window.complete();
      window.pipe(take(1)).subscribe();
      expect(windows.pool.held).toBe(0);
      expect(windows.owner.log).toEqual(['read']);
    });

    it('lets its reader take holds, also of what had waited', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      const gate = new Subject<string>();
      const subscription = window.pipe(pooled(() => gate)).subscribe();
      windows.push(window, part('c'));
      expect(windows.pool.held).toBe(3);
      expect(windows.pool.pool.heldBy).toMatchObject({ window: 0, pooled: 3 });
      subscription.unsubscribe();
      expect(windows.pool.held).toBe(0);
    });

    it('tells its reader the error at once', () => {
      const window = windows.open(part('a'));
      const log = readWindow(window);
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      expect(log).toEqual(['a', 'channel_closed']);
      window.complete();
      expect(log).toHaveLength(2);
    });

    it('tells its reader when it is given up', () => {
      const window = windows.open(part('a'));
      const log = readWindow(window);
      window.giveUp(gaveUp);
      expect(log).toEqual(['a', 'pool_empty']);
    });

    it('is read within the dispatch of its first message without another hold', () => {
      const log: string[] = [];
      windows.pool.push(part('a'), message => {
        const window = new MessageWindow(message as EngineMessage, windows.owner);
        window.open();
        window.subscribe(first => log.push(`${textOf(first)} ${String(windows.pool.pool.heldBy.window)}`));
        window.settleFirst();
      });
      expect(log).toEqual(['a 0']);
      expect(windows.pool.held).toBe(0);
    });

    it('is read behind that dispatch with the hold that was settled', () => {
      let window: MessageWindow | undefined;
      windows.pool.push(part('a'), message => {
        window = new MessageWindow(message as EngineMessage, windows.owner);
        window.open();
        window.settleFirst();
      });
      expect(windows.pool.held).toBe(1);
      expect(readWindow(window as MessageWindow)).toEqual(['a']);
      expect(windows.pool.held).toBe(0);
    });

    it('keeps nothing of a first message that was given up within its dispatch', () => {
      windows.pool.push(part('a'), message => {
        const window = new MessageWindow(message as EngineMessage, windows.owner);
        window.open();
        window.giveUp(gaveUp);
        window.settleFirst();
      });
      expect(windows.pool.held).toBe(0);
    });
  });
});
