import { abortable } from '../../lib/engine/abortable.js';
import { rejection } from '../support/pair.js';

/** How many listeners a signal has: it is asked for through its own calls. */
function watched(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  return { controller, listeners: () => count };
}

describe('a promise that a signal may give up', () => {
  it('resolves as any other, without a signal and with one', async () => {
    const { controller, listeners } = watched();
    const start = (resolve: (value: number) => void): undefined => {
      resolve(7);
    };
    expect(await abortable<number>(undefined, start)).toBe(7);
    expect(await abortable<number>(controller.signal, start)).toBe(7);
    expect(listeners()).toBe(0);
  });

  it('rejects as any other, and leaves no listener on the signal', async () => {
    const { controller, listeners } = watched();
    const failure = new Error('failed');
    const promise = abortable<number>(controller.signal, (_, reject) => {
      reject(failure);
      return undefined;
    });
    expect(await rejection(promise)).toBe(failure);
    expect(listeners()).toBe(0);
  });

  it("rejects with the signal's reason, whatever that is, and takes back what was begun", async () => {
    for (const reason of [new Error('enough'), 'a string', 7]) {
      const controller = new AbortController();
      let takenBack = 0;
      const promise = abortable<number>(controller.signal, () => () => {
        takenBack++;
      });
      controller.abort(reason);
      expect(await rejection(promise)).toBe(reason);
      expect(takenBack).toBe(1);
    }
  });

  it('begins nothing when the signal was aborted before', async () => {
    let began = false;
    const promise = abortable<number>(AbortSignal.abort('before'), () => {
      began = true;
      return undefined;
    });
    expect(await rejection(promise)).toBe('before');
    expect(began).toBe(false);
  });

  it('stays as it settled when the signal aborts later', async () => {
    const controller = new AbortController();
    let takenBack = 0;
    const promise = abortable<number>(controller.signal, resolve => {
      setImmediate(() => {
        resolve(1);
      });
      return () => {
        takenBack++;
      };
    });
    expect(await promise).toBe(1);
    controller.abort();
    expect(takenBack).toBe(0);
  });
});
