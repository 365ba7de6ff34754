import { firstValueFrom, from, lastValueFrom, map, mergeMap, Subject, take, toArray } from 'rxjs';
import type { Peer } from '../../lib/index.js';
import { connectFor, grounds, listenFor, meetOn, texts } from '../support/grounds.js';
import { lineOfError } from '../support/peers.js';

/** Handlers that have begun, and wait until they are told to go on. */
class Work {
  readonly #go = new Subject<void>();
  readonly #begun = new Subject<void>();

  /** Resolves when so many handlers have begun. */
  begun(count: number): Promise<unknown> {
    return firstValueFrom(this.#begun.pipe(take(count), toArray()));
  }

  serve(peer: Peer, answer: string): void {
    peer.respond(async request => {
      const go = firstValueFrom(this.#go);
      this.#begun.next();
      await go;
      return `${answer}: ${request.first.body.text()}`;
    });
  }

  goOn(): void {
    this.#go.next();
  }
}

const LONG = 'x'.repeat(50_000);

describe.each(grounds)('graceful shutdown over $name', ({ open }) => {
  it('of a server loses no reply of a running handler, whoever asked', async () => {
    const ground = open();
    const server = ground.side();
    const client = ground.side();
    const listener = await listenFor(ground, server, {});
    const work = new Work();
    const served: Peer[] = [];
    listener.peers$.subscribe(peer => {
      served.push(peer);
      work.serve(peer, LONG);
    });
    const peers = [];
    for (let n = 0; n < 5; n++) peers.push(await connectFor(ground, client, listener.address));
    const begun = work.begun(10);
    const replies = peers.flatMap(peer => ['a', 'b'].map(name => texts(peer.request(name))));
    await ground.until(begun);
    const stopped = Promise.all([listener.close(), ...served.map(peer => peer.bye())]);
    const late = texts(peers[0]?.request('late') ?? from([])).catch(lineOfError);
    expect(await ground.until(late)).toBe('processing_failed: closing');
    await expect(connectFor(ground, client, listener.address)).rejects.toMatchObject({
      code: listener.address.kind === 'uds' ? 'uds_path_not_found' : 'connect_failed',
    });
    work.goOn();
    expect(await ground.until(Promise.all(replies))).toEqual(
      peers.flatMap(() => [[`${LONG}: a`], [`${LONG}: b`]]),
    );
    await ground.until(stopped);
    await ground.until(Promise.all(peers.map(peer => lastValueFrom(peer.closed$))));
  });

  it('of a client waits for the replies to what it has asked', async () => {
    const { here, there, until } = await meetOn(open());
    const work = new Work();
    work.serve(there, LONG);
    const begun = work.begun(10);
    const names = Array.from({ length: 10 }, (_, n) => String(n));
    const replies = names.map(name => texts(here.request(name)));
    await until(begun);
    const left = here.bye();
    await expect(until(texts(here.request('late')))).rejects.toMatchObject({ code: 'channel_closed' });
    work.goOn();
    expect(await until(Promise.all(replies))).toEqual(names.map(name => [`${LONG}: ${name}`]));
    await until(left);
  });

  it('said by both at once loses no reply in either direction', async () => {
    const { here, there, until } = await meetOn(open());
    const work = new Work();
    work.serve(here, 'here');
    work.serve(there, 'there');
    const begun = work.begun(10);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const replies = names.flatMap(name => [here, there].map(peer => texts(peer.request(name))));
    await until(begun);
    const left = Promise.all([here.bye(), there.bye()]);
    work.goOn();
    expect(await until(Promise.all(replies))).toEqual(
      names.flatMap(name => [[`there: ${name}`], [`here: ${name}`]]),
    );
    await until(left);
  });

  it('lets a stream of replies come to its end', async () => {
    const { here, there, until } = await meetOn(open());
    const parts = Array.from({ length: 2_000 }, (_, n) => `part ${String(n)}`);
    const first = new Subject<void>();
    there.respond(async function* () {
      for (const part of parts) {
        await Promise.resolve();
        yield part;
        first.next();
      }
    });
    const hasBegun = firstValueFrom(first);
    const reply = texts(here.request('all of it'));
    await until(hasBegun);
    const left = there.bye();
    expect(await until(reply)).toEqual(parts);
    await until(left);
  });

  it('lets an upload come to its end, and its answer', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request =>
      request.pipe(
        toArray(),
        map(parts => String(parts.length)),
      ),
    );
    const upload = new Subject<string>();
    const answer = texts(here.request(upload));
    upload.next('one');
    const left = here.bye();
    upload.next('two');
    upload.next('three');
    upload.complete();
    expect(await until(answer)).toEqual(['3']);
    await until(left);
  });

  it('delivers every Signal that was sent before it', async () => {
    const { here, there, until } = await meetOn(open());
    const heard = texts(there.signals$);
    const news = Array.from({ length: 500 }, (_, n) => `news ${String(n)}`);
    for (const text of news) here.signal(text);
    const left = here.bye('so long');
    expect(await until(heard)).toEqual(news);
    await until(left);
  });

  it('has the closing of its Peers as its end, so a program can wait for all of them', async () => {
    const ground = open();
    const listener = await listenFor(ground, ground.side(), {});
    const client = ground.side();
    const lastWords = firstValueFrom(
      listener.peers$.pipe(
        take(3),
        mergeMap(peer => peer.closed$),
        toArray(),
      ),
    );
    for (let n = 0; n < 3; n++) {
      const peer = await connectFor(ground, client, listener.address);
      await ground.until(peer.bye());
    }
    expect((await ground.until(lastWords)).map(message => message.isFromEngine())).toEqual([
      true,
      true,
      true,
    ]);
  });
});
