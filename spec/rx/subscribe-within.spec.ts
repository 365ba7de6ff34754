import { finalize, of, repeat, Subject, Subscription, tap } from 'rxjs';
import { subscribeWithin } from '../../lib/rx/subscribe-within.js';
import { marbles } from '../support/virtual-time.js';

describe('subscribeWithin', () => {
  it('subscribes until the life that it is given ends, which is no end of the source', () => {
    marbles(({ hot, cold, expectSubscriptions, flush }) => {
      const source = hot('-a-b-c-|');
      const sourceSub = ' ^---!';
      const log: string[] = [];
      const life = new Subscription();
      subscribeWithin(life, source, { next: value => log.push(value), complete: () => log.push('|') });
      cold('              ----x').subscribe(() => life.unsubscribe());
      expectSubscriptions(source.subscriptions).toBe(sourceSub);
      flush();
      expect(log).toEqual(['a', 'b']);
    });
  });

  it.each(['complete', 'error'] as const)('passes on how the source ends: %s', how => {
    const source = new Subject<string>();
    const log: string[] = [];
    subscribeWithin(new Subscription(), source, {
      complete: () => log.push('complete'),
      error: () => log.push('error'),
    });
    source[how](undefined);
    expect(log).toEqual([how]);
  });

  it('stops a source that never stops by itself', () => {
    const life = new Subscription();
    let made = 0;
    const source = of('a').pipe(
      repeat(),
      tap(() => {
        if (++made > 10) throw new Error('goes on when nobody listens');
      }),
    );
    subscribeWithin(life, source, { next: () => made === 3 && life.unsubscribe() });
    expect(made).toBe(3);
  });

  it('subscribes to nothing when the life has ended before', () => {
    const life = new Subscription();
    life.unsubscribe();
    const source = new Subject<string>();
    subscribeWithin(life, source, {});
    expect(source.observed).toBe(false);
  });

  it.each(['complete', 'error', 'unsubscribe'] as const)(
    'says that it is over behind the teardown of the source: %s',
    how => {
      const log: string[] = [];
      const life = new Subscription();
      const source = new Subject<string>();
      const torn = source.pipe(finalize(() => log.push('torn down')));
      subscribeWithin(life, torn, { error: () => log.push('error') }, () => log.push('over'));
      expect(log).toEqual([]);
      if (how === 'unsubscribe') life.unsubscribe();
      else source[how](undefined);
      expect(log).toEqual([...(how === 'error' ? ['error'] : []), 'torn down', 'over']);
    },
  );

  it('leaves nothing in the life when the source has ended', () => {
    const life = new Subscription();
    const add = jest.spyOn(life, 'add');
    const remove = jest.spyOn(life, 'remove');
    subscribeWithin(life, of('a'), {});
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove).toHaveBeenCalledTimes(1);
  });
});
