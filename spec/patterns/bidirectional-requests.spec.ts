import { firstValueFrom, map, switchMap } from 'rxjs';
import type { Peer } from '../../lib/index.js';
import { grounds, meetOn, texts } from '../support/grounds.js';

/** Answers a number: 0 with `0`, any other with itself and what the other side answers to the next smaller one. */
function countDown(peer: Peer): void {
  peer.respond(async request => {
    const n = Number(request.first.body.text());
    if (n === 0) return '0';
    const rest = await firstValueFrom(peer.request(String(n - 1)));
    return `${String(n)} ${rest.body.text()}`;
  });
}

describe.each(grounds)('bidirectional requests over $name', ({ open }) => {
  it('ask the client back while its request is answered', async () => {
    const { here, there, until } = await meetOn(open());
    here.respond(question => `${question.first.body.text()} Arthur`);
    there.respond(request =>
      there
        .request('your name?')
        .pipe(map(answer => `${request.first.body.text()} to ${answer.body.text()}`)),
    );
    expect(await until(texts(here.request('hello')))).toEqual(['hello to your name? Arthur']);
  });

  it('go to and fro as deep as there are slots, and back', async () => {
    const { here, there, until } = await meetOn(open(), { initialPoolMsgs: 16, maxPoolMsgs: 16 });
    countDown(here);
    countDown(there);
    // Each level holds one slot on the side that was asked: 15 here, 15 there.
    const [reply] = await until(texts(here.request('29')));
    expect(reply).toBe(Array.from({ length: 30 }, (_, n) => String(29 - n)).join(' '));
  });

  it('run both ways at the same time', async () => {
    const { here, there, until } = await meetOn(open());
    here.respond(request => `here: ${request.first.body.text()}`);
    there.respond(request => `there: ${request.first.body.text()}`);
    const numbers = Array.from({ length: 200 }, (_, n) => String(n));
    const replies = await until(
      Promise.all([
        Promise.all(numbers.map(n => texts(here.request(n)))),
        Promise.all(numbers.map(n => texts(there.request(n)))),
      ]),
    );
    expect(replies).toEqual([numbers.map(n => [`there: ${n}`]), numbers.map(n => [`here: ${n}`])]);
  });

  it('let a server give work to the client that came', async () => {
    const { here, there, until } = await meetOn(open());
    here.respond(job => job.pipe(map(part => part.body.text().length.toString())), { concurrency: 1 });
    const lengths = ['a', 'job', 'of', 'words'].map(job => texts(there.request(job)));
    expect(await until(Promise.all(lengths))).toEqual([['1'], ['3'], ['2'], ['5']]);
  });

  it('carry a stream out of what the client is asked for', async () => {
    const { here, there, until } = await meetOn(open());
    here.respond(async function* (request) {
      await Promise.resolve();
      for (let n = 1; n <= Number(request.first.body.text()); n++) yield `piece ${String(n)}`;
    });
    there.respond(request =>
      request.pipe(
        switchMap(order => there.request(order.body.text())),
        map(piece => piece.body.text().toUpperCase()),
      ),
    );
    expect(await until(texts(here.request('3')))).toEqual(['PIECE 1', 'PIECE 2', 'PIECE 3']);
  });
});
