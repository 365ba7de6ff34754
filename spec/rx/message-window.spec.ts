import { concatMap, finalize, from, map, of } from 'rxjs';
import { type Message, OpCode, Status, TofuError } from '../../lib/index.js';
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
  it('says what its messages share, and which came first', () => {
    const window = windows.open(part('a', { channel: 7, id: 2n ** 64n - 1n, opCode: OpCode.Signal }));
    expect(window).toMatchObject({ channelNumber: 7, messageId: 2n ** 64n - 1n, opCode: OpCode.Signal });
    expect(textOf(window.first)).toBe('a');
    window.subscribe(message => expect(message).toBe(window.first)).unsubscribe();
    expect.assertions(3);
  });

  describe('that nobody reads', () => {
    it('keeps its messages with their slots, and gives all of them to its reader', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      windows.push(window, last('c'));
      window.complete();
      expect(windows.pool.held).toBe(3);
      expect(window.held).toBe(3);
      expect(windows.pool.pool.heldBy.window).toBe(3);
      expect(readWindow(window)).toEqual(['a', 'b', 'c', '|']);
      expect(windows.pool.held).toBe(0);
      expect(windows.owner.log).toEqual(['read']);
    });

    it('gives what came before its error first', () => {
      const window = windows.open(part('a'));
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      expect(windows.pool.held).toBe(1);
      expect(readWindow(window)).toEqual(['a', 'channel_closed']);
      expect(windows.pool.held).toBe(0);
    });

    it('drops what it has when it is given up, and tells its reader why', () => {
      const window = windows.open(part('a'));
      windows.push(window, last('b'));
      window.complete();
      window.giveUp(gaveUp);
      expect(windows.pool.held).toBe(0);
      windows.push(window, last('c'));
      expect(windows.pool.held).toBe(0);
      expect(readWindow(window)).toEqual(['pool_empty']);
    });

    it('gives its slots back when it is released, and keeps its messages', () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      window.release();
      expect(windows.pool.held).toBe(0);
      expect(window.held).toBe(0);
      windows.push(window, last('c'));
      window.complete();
      expect(window.held).toBe(1);
      expect(windows.owner.log).toEqual(['released']);
      expect(readWindow(window)).toEqual(['a', 'b', 'c', '|']);
      expect(windows.pool.held).toBe(0);
    });

    it('keeps messages that hold no slot, too', () => {
      const clones: Message[] = [];
      windows.pool.push(part('a'), message => clones.push(message.clone()));
      const [clone] = clones as [EngineMessage];
      const window = new MessageWindow(clone, windows.owner);
      window.push(clone);
      expect(window.held).toBe(0);
      expect(readWindow(window)).toEqual(['a']);
    });

    it('drops what it has when whoever it was for is through', () => {
      const window = windows.open(part('a'));
      window.abandon();
      expect(windows.pool.held).toBe(0);
      windows.push(window, last('b'));
      expect(windows.pool.held).toBe(0);
      expect(readWindow(window)).toEqual(['communication_failed']);
    });
  });

  describe('pulled with for await', () => {
    it('keeps the slot of each message until the next pull, and brakes so', async () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      const held: string[] = [];
      for await (const message of window) {
        held.push(`${textOf(message)} ${String(windows.pool.held)}`);
        if (textOf(message) === 'b') {
          windows.push(window, last('c'));
          window.complete();
        }
      }
      expect(held).toEqual(['a 2', 'b 1', 'c 1']);
      expect(windows.pool.held).toBe(0);
    });

    it('is left with the loop', async () => {
      const window = windows.open(part('a'));
      windows.push(window, part('b'));
      for await (const message of window) {
        expect(textOf(message)).toBe('a');
        break;
      }
      expect(windows.pool.held).toBe(0);
      expect(windows.owner.log).toEqual(['read', 'left']);
    });

    it('throws its error', async () => {
      const window = windows.open(part('a'));
      window.fail(new TofuError(Status.channelClosed, 'closed'));
      const texts: string[] = [];
      const loop = async (): Promise<void> => {
        for await (const message of window) texts.push(textOf(message));
      };
      await expect(loop()).rejects.toMatchObject({ code: 'channel_closed' });
      expect(texts).toEqual(['a']);
      expect(windows.pool.held).toBe(0);
    });
  });

  it('is an Observable for RxJS: from() takes it as one, and operators give Observables', () => {
    const window = windows.open(last('a'));
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
