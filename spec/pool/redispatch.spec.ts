import type { Hold } from '../../lib/index.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { NO_HOLD } from '../../lib/pool/hold.js';
import { redispatch } from '../../lib/pool/redispatch.js';
import { Dispatcher, last } from '../support/dispatch.js';
import { thrownBy } from '../support/virtual-time.js';

let pool: Dispatcher;

beforeEach(() => {
  pool = new Dispatcher();
});

/** A message that was pushed, and what holds its slot. */
function kept(): { message: EngineMessage; hold: Hold } {
  let hold = NO_HOLD;
  const message = pool.push(last('a'), pushed => (hold = pushed.retain()));
  return { message, hold };
}

describe('redispatch', () => {
  it('ends the hold that the message was kept by with the delivery', () => {
    const { message, hold } = kept();
    redispatch(message, hold, () => {
      expect(pool.held).toBe(1);
    });
    expect(pool.held).toBe(0);
    expect.assertions(2);
  });

  it('lets whoever takes the message retain it in turn, then and not later', () => {
    const { message, hold } = kept();
    let another = NO_HOLD;
    redispatch(message, hold, delivered => (another = delivered.retain()));
    expect(pool.held).toBe(1);
    expect(message.retain()).toBe(NO_HOLD);
    another[Symbol.dispose]();
    expect(pool.held).toBe(0);
  });

  it('leaves a dispatch that goes on as it is', () => {
    let late = NO_HOLD;
    pool.push(last('a'), pushed => {
      redispatch(pushed as EngineMessage, pushed.retain(), () => undefined);
      late = pushed.retain();
    });
    expect(pool.held).toBe(1);
    late[Symbol.dispose]();
  });

  it('ends the hold when the delivery throws, too', () => {
    const { message, hold } = kept();
    const failure = new Error('failed');
    const throwing = (): void => {
      redispatch(message, hold, () => {
        throw failure;
      });
    };
    expect(thrownBy(throwing)).toBe(failure);
    expect(pool.held).toBe(0);
    expect(message.retain()).toBe(NO_HOLD);
  });
});
