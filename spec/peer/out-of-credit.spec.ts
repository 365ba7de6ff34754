import { concat, map, of, Subject, toArray } from 'rxjs';
import { expectBalanced } from '../support/books.js';
import { virtualEnds } from '../support/credit-pairs.js';
import { record } from '../support/peers.js';

/** More slots than the window has messages: what is short here is credit. */
const ROOMY = { initialPoolMsgs: 256, maxPoolMsgs: 256 };

/** As many as a window has messages. */
const WINDOW = 64;

describe('a peer that is out of credit', () => {
  it('gets more for the rest of uploads whose first parts took all of it', async () => {
    const { here, there, pass } = await virtualEnds({ client: ROOMY, server: ROOMY, credit: true });
    there.peer.respond(request =>
      request.pipe(
        toArray(),
        map(parts => String(parts.length)),
      ),
    );
    const rests = Array.from({ length: WINDOW }, () => new Subject<string>());
    const replies = rests.map(rest => record(here.peer.request(concat(of('first'), rest), { timeout: 0 })));
    await pass();
    for (const rest of rests) {
      rest.next('second');
      rest.complete();
    }
    await pass();
    expect(replies.map(({ lines }) => lines)).toEqual(rests.map(() => ['Response "2"', '|']));
    expectBalanced(here, there);
  });

  it('gets more for the rest of an upload that stands behind requests that wait for their turn', async () => {
    const { here, there, pass } = await virtualEnds({ client: ROOMY, server: ROOMY, credit: true });
    const read = (parts: number): string => `read ${String(parts)}`;
    there.peer.respond(
      request =>
        request.pipe(
          toArray(),
          map(parts => read(parts.length)),
        ),
      { concurrency: 1 },
    );
    const rest = new Subject<string>();
    const upload = record(here.peer.request(concat(of('first'), rest), { timeout: 0 }));
    const behind = Array.from({ length: WINDOW }, () => record(here.peer.request('behind', { timeout: 0 })));
    await pass();
    rest.next('second');
    rest.complete();
    await pass();
    expect(upload.lines).toEqual(['Response "read 2"', '|']);
    await pass(100);
    expect(behind.map(({ lines }) => lines)).toEqual(behind.map(() => ['Response "read 1"', '|']));
    expectBalanced(here, there);
  });
});
