import { config, Observable, Subscriber, type Subscription } from 'rxjs';
import { Multicast } from '../../lib/rx/multicast.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';

let multicast: Multicast<number>;
let log: string[];

beforeEach(() => {
  multicast = new Multicast();
  log = [];
});

function join(name: string, then?: (value: number) => void): Subscription {
  return new Observable<number>(subscriber => {
    multicast.add(subscriber);
    return () => {
      multicast.remove(subscriber);
    };
  }).subscribe({
    next: value => {
      log.push(`${name}${String(value)}`);
      then?.(value);
    },
    complete: () => log.push(`${name}|`),
  });
}

describe('a multicast', () => {
  it('tells everybody in the order of their coming', () => {
    join('a');
    join('b');
    multicast.next(1);
    expect(log).toEqual(['a1', 'b1']);
  });

  it('counts who is there', () => {
    expect([multicast.size, multicast.isEmpty]).toEqual([0, true]);
    const a = join('a');
    join('b');
    expect([multicast.size, multicast.isEmpty]).toEqual([2, false]);
    a.unsubscribe();
    expect([multicast.size, multicast.isEmpty]).toEqual([1, false]);
  });

  it('tells a value to those that were there when it began', () => {
    join('a', value => {
      if (value === 1) join('b');
    });
    multicast.next(1);
    multicast.next(2);
    expect(log).toEqual(['a1', 'a2', 'b2']);
  });

  it('tells nothing more to who has left in between', () => {
    const later: Subscription[] = [];
    join('a', () => {
      later[0]?.unsubscribe();
    });
    later.push(join('b'));
    multicast.next(1);
    expect(log).toEqual(['a1']);
  });

  it('makes no stopped notification of that', async () => {
    const { onStoppedNotification } = config;
    const stopped = jest.fn();
    config.onStoppedNotification = stopped;
    const later: Subscription[] = [];
    join('a', () => {
      later[0]?.unsubscribe();
    });
    later.push(join('b'));
    multicast.next(1);
    // RxJS tells of them in a timer of 0 ms, behind which this one is.
    await new Promise(resolve => setTimeout(resolve));
    config.onStoppedNotification = onStoppedNotification;
    expect(stopped).not.toHaveBeenCalled();
  });

  it('completes everybody once, and is empty then', () => {
    join('a');
    join('b');
    multicast.complete();
    multicast.complete();
    multicast.next(1);
    expect([log, multicast.isEmpty]).toEqual([['a|', 'b|'], true]);
  });

  describe('with a Subscriber that throws', () => {
    const { reported } = collectUnhandledErrors();

    it('tells and completes the others', async () => {
      const error = new Error('always');
      const fail = (): never => {
        throw error;
      };
      multicast.add(new Subscriber({ next: fail, error: fail, complete: fail }));
      join('b');
      multicast.next(1);
      multicast.complete();
      expect(log).toEqual(['b1', 'b|']);
      expect(await reported()).toEqual([error, error]);
    });
  });
});
