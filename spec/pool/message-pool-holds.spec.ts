import { type Hold, type Message } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { Dispatcher, last } from '../support/dispatch.js';
import { thrownBy } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';

let pool: Dispatcher;

beforeEach(() => {
  pool = new Dispatcher();
});

/** Pushes a message, and does something with it meanwhile. */
function push(meanwhile: (message: EngineMessage) => void = () => undefined): EngineMessage {
  return pool.push(last('a'), message => {
    meanwhile(message as EngineMessage);
  });
}

describe('a hold', () => {
  it('keeps the slot behind the dispatch until it is disposed, which may be done twice', () => {
    let hold: Hold | undefined;
    push(message => (hold = message.retain()));
    expect(pool.held).toBe(1);
    hold?.[Symbol.dispose]();
    hold?.[Symbol.dispose]();
    expect(pool.held).toBe(0);
  });

  it('is each holder’s own: the last one gives the slot back, to pool and reader', () => {
    const holds: Hold[] = [];
    push(message => holds.push(message.retain(), message.keeper.hold(message, 'pooled')));
    expect(pool.pool.heldBy).toEqual({ retain: 1, pooled: 1, window: 0, request: 0 });
    expect(pool.reader.slotsHeld).toBe(1);
    holds[0]?.[Symbol.dispose]();
    expect(pool.held).toBe(1);
    holds[1]?.[Symbol.dispose]();
    expect(pool.held).toBe(0);
    expect(pool.reader.slotsHeld).toBe(0);
    expect(pool.pool.heldBy).toEqual({ retain: 0, pooled: 0, window: 0, request: 0 });
  });

  it('taken by retain() behind the dispatch is without effect, also while the slot is held', () => {
    let hold: Hold | undefined;
    const message = push(pushed => (hold = pushed.retain()));
    const late = message.retain();
    hold?.[Symbol.dispose]();
    expect(pool.held).toBe(0);
    late[Symbol.dispose]();
    expect(pool.held).toBe(0);
  });
});

describe('a hold of those who brake', () => {
  it('is to be had behind the dispatch, too, while the slot is held', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    let hold: Hold | undefined;
    const message = push(pushed => (hold = pushed.retain()));
    const late = message.keeper.hold(message, 'window');
    hold?.[Symbol.dispose]();
    expect(pool.held).toBe(1);
    late[Symbol.dispose]();
    expect(pool.held).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('is without effect where the slot is gone, which is counted, and warned of once', () => {
    const warnings = warningsOf('RXTOFU_BRAKE_LOST');
    for (const message of [push(), push()]) message.keeper.hold(message, 'window')[Symbol.dispose]();
    expect(pool.counters.brakeLost).toBe(2);
    expect(warnings).toEqual([expect.stringContaining('Put pooled before what delays')]);
    expect(pool.pool.heldBy.window).toBe(0);
  });

  it('is refused with not_allowed where the slot is gone and the engine is strict', () => {
    pool = new Dispatcher({ strict: true });
    const message = push();
    expect(thrownBy(() => message.keeper.hold(message, 'window'))).toBe('not_allowed');
    expect(pool.counters.brakeLost).toBe(1);
  });

  it('is without effect, and nothing to warn of, for a message that is the caller’s own', () => {
    pool = new Dispatcher({ strict: true });
    const own = pool.pool.get('always') as Message & EngineMessage;
    own.keeper.hold(own, 'pooled')[Symbol.dispose]();
    expect(pool.held).toBe(1);
    own[Symbol.dispose]();
    own.keeper.hold(own, 'pooled')[Symbol.dispose]();
    expect(pool.held).toBe(0);
    expect(pool.counters.brakeLost).toBe(0);
  });
});
