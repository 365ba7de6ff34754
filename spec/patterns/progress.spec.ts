import { concat, defer, EMPTY, firstValueFrom, map, type Observable, of, Subject, take, toArray } from 'rxjs';
import { type MessageWindow, OpCode, type Peer } from '../../lib/index.js';
import { grounds, meetOn, texts } from '../support/grounds.js';

/** A job that tells after each of its steps how far it is, as `[done:all]`. */
function job(peer: Peer, steps: number): (request: MessageWindow) => Observable<string> {
  return request =>
    concat(
      ...Array.from({ length: steps }, (_, done) =>
        defer(() => {
          peer.signal(`[${String(done + 1)}:${String(steps)}]`, { messageId: request.messageId });
          return EMPTY;
        }),
      ),
      of(`done with ${request.first.body.text()}`),
    );
}

describe.each(grounds)('progress over $name', ({ open }) => {
  it('comes as Signals with the id of the request, before its Response', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(job(there, 4));
    const all$ = here.request('the job', { observe: 'all' });
    const seen$ = all$.pipe(map(m => [m.opCode, m.body.text()]));
    expect(await until(firstValueFrom(seen$.pipe(toArray())))).toEqual([
      [OpCode.Signal, '[1:4]'],
      [OpCode.Signal, '[2:4]'],
      [OpCode.Signal, '[3:4]'],
      [OpCode.Signal, '[4:4]'],
      [OpCode.Response, 'done with the job'],
    ]);
  });

  it('is each request’s own, of many under way', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(job(there, 3));
    const all = await until(
      Promise.all(['a', 'b', 'c'].map(name => texts(here.request(name, { observe: 'all' })))),
    );
    expect(all).toEqual(['a', 'b', 'c'].map(name => ['[1:3]', '[2:3]', '[3:3]', `done with ${name}`]));
  });

  it('is kept from who wants the Response alone, and is seen in signals$ by who wants all of it', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(job(there, 3));
    const signals = texts(here.signals$.pipe(take(6)));
    expect(await until(texts(here.request('a')))).toEqual(['done with a']);
    expect(await until(texts(here.request('b', { observe: 'all' })))).toHaveLength(4);
    expect(await until(signals)).toEqual(['[1:3]', '[2:3]', '[3:3]', '[1:3]', '[2:3]', '[3:3]']);
  });

  it('comes while the job runs, not with its end', async () => {
    const { here, there, until } = await meetOn(open());
    const go = new Subject<string>();
    there.respond(request => {
      there.signal('half way', { messageId: request.messageId });
      return go;
    });
    const first = new Subject<string>();
    const heard = firstValueFrom(first);
    const all = firstValueFrom(
      here.request('the job', { observe: 'all' }).pipe(
        map(m => {
          first.next(m.body.text());
          return m.body.text();
        }),
        toArray(),
      ),
    );
    expect(await until(heard)).toBe('half way');
    go.next('done');
    go.complete();
    expect(await until(all)).toEqual(['half way', 'done']);
  });
});
