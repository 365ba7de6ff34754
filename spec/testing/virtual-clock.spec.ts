import { TestScheduler } from 'rxjs/testing';
import { VirtualTimeScheduler } from 'rxjs';
import { createEngine, memClient, memServer } from '../../lib/index.js';
import { virtualClock } from '../../lib/testing/index.js';
import { lineOf, postHello } from '../support/conversation.js';
import { marbles } from '../support/virtual-time.js';

describe('a virtual clock', () => {
  it('tells the frame of its scheduler', () => {
    const scheduler = new VirtualTimeScheduler();
    const clock = virtualClock(scheduler);
    const told: number[] = [clock.now()];
    scheduler.schedule(() => told.push(clock.now()), 7);
    scheduler.flush();
    expect(told).toEqual([0, 7]);
  });

  it('calls soon in the same frame, in the order of the calls, and not inside them', () => {
    marbles(({ scheduler }) => {
      const clock = virtualClock(scheduler);
      const order: string[] = [];
      scheduler.schedule(() => {
        for (const name of ['a', 'b']) {
          clock.soon(() => {
            order.push(`${name}${String(clock.now())}`);
            clock.soon(() => order.push(`${name}${name}${String(clock.now())}`));
          });
        }
        order.push('planned');
      }, 3);
      scheduler.schedule(() => order.push('frame 3'), 3);
      scheduler.schedule(() => order.push('frame 4'), 4);
      scheduler.flush();
      expect(order).toEqual(['planned', 'frame 3', 'a3', 'b3', 'aa3', 'bb3', 'frame 4']);
    });
  });

  it('calls after once, at its ms, unless that was disposed', () => {
    marbles(({ scheduler }) => {
      const clock = virtualClock(scheduler);
      const called: string[] = [];
      const note = (name: string) => (): void => void called.push(`${name}${String(clock.now())}`);
      const disposed = clock.after(5, note('a'));
      const done = clock.after(5, note('b'));
      clock.after(5, note('c'));
      clock.after(0, note('d'));
      disposed[Symbol.dispose]();
      disposed[Symbol.dispose]();
      scheduler.flush();
      done[Symbol.dispose]();
      expect(called).toEqual(['d0', 'b5', 'c5']);
    });
  });

  it('never calls what is due after Infinity, and leaves nothing planned for it', () => {
    const scheduler = new VirtualTimeScheduler();
    const timer = virtualClock(scheduler).after(Infinity, () => {
      throw new Error('called');
    });
    expect(scheduler.actions).toEqual([]);
    timer[Symbol.dispose]();
    scheduler.flush();
  });

  it('moves an engine of its own through virtual time', () => {
    const scheduler = new TestScheduler(() => undefined);
    const engine = createEngine({ clock: virtualClock(scheduler), handshakeTimeout: 40 });
    const group = engine.createGroup();
    const lines: string[] = [];
    group.subscribe(message => lines.push(`${String(scheduler.frame)} ${lineOf(message)}`));
    const welcome = engine.get();
    memServer('virtual clock').format(welcome);
    group.post(welcome);
    postHello(engine, group, memClient('virtual clock'));
    scheduler.schedule(() => void engine.destroy(), 3);
    scheduler.flush();
    expect(lines).toEqual([
      '0 WelcomeResponse success 1',
      '0 HelloRequest 3',
      '3 Signal channel_closed 1',
      '3 Signal channel_closed 2',
      '3 Signal channel_closed 3',
    ]);
  });
});
