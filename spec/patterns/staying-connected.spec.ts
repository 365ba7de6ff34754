import {
  catchError,
  concat,
  EMPTY,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  of,
  skip,
  switchMap,
  take,
  tap,
  toArray,
} from 'rxjs';
import { type Address, keepConnected, type Link, type Listener, type Peer } from '../../lib/index.js';
import { type Ground, grounds, listenFor, texts } from '../support/grounds.js';
import { beforeTheEnd, type Side } from '../support/peers.js';

/** Listens, and answers every Peer with a text; the listener, and the Peers that came. */
async function serve(
  ground: Ground,
  side: Side,
  text: string,
  address = ground.server(),
): Promise<{ listener: Listener; peers: Peer[] }> {
  const listener = await listenFor(ground, side, { address });
  const peers: Peer[] = [];
  listener.peers$
    .pipe(
      mergeMap(peer => {
        peers.push(peer);
        return peer.serve(() => text);
      }),
    )
    .subscribe();
  return { listener, peers };
}

/** Stays connected, with short waits; closes behind the spec. */
function keep(ground: Ground, { group }: Side, address: Address): Link {
  const link = keepConnected(group, address, { backoff: { initial: 1, max: 4 } }, ground.scheduler);
  beforeTheEnd(() => ground.until(link.close()));
  return link;
}

/** Resolves when the Link is not connected any more. */
function lost(link: Link): Promise<unknown> {
  return firstValueFrom(link.state$.pipe(filter(state => state === 'waiting')));
}

describe.each(grounds)('staying connected over $name', ({ open }) => {
  it('connects again each time the connection is lost, and asks the Peer of now', async () => {
    const ground = open();
    const { listener, peers } = await serve(ground, ground.side(), 'pong');
    const link = keep(ground, ground.side(), listener.address);
    for (let turn = 0; turn < 3; turn++) {
      expect(await ground.until(texts(link.request('ping')))).toEqual(['pong']);
      const isLost = lost(link);
      peers.at(-1)?.abort();
      await ground.until(isLost);
    }
    expect(await ground.until(texts(link.request('ping')))).toEqual(['pong']);
    expect(peers).toHaveLength(4);
  });

  it('waits for a server that is gone, and asks the one that comes in its place', async () => {
    const ground = open();
    const side = ground.side();
    const { listener, peers } = await serve(ground, side, 'the first');
    const link = keep(ground, ground.side(), listener.address);
    expect(await ground.until(texts(link.request('who?')))).toEqual(['the first']);
    const isLost = lost(link);
    await ground.until(listener.close());
    for (const peer of peers) await ground.until(peer.bye());
    await ground.until(isLost);
    const failed = firstValueFrom(
      link.state$.pipe(
        filter(state => state === 'waiting'),
        skip(1),
      ),
    );
    const reply = texts(link.request('who?'));
    await ground.until(failed);
    await serve(ground, side, 'the second', listener.address);
    expect(await ground.until(reply)).toEqual(['the second']);
  });

  it('reads on from Peer to Peer', async () => {
    const ground = open();
    const listener = await listenFor(ground, ground.side(), {});
    const peers: Peer[] = [];
    listener.peers$
      .pipe(
        mergeMap(peer => {
          const turn = peers.push(peer);
          return peer.serve(() => concat(of(`a${String(turn)}`, `b${String(turn)}`), NEVER));
        }),
      )
      .subscribe();
    const link = keep(ground, ground.side(), listener.address);
    const readings = link.peer$.pipe(
      switchMap(peer => peer.request('news').pipe(catchError(() => EMPTY))),
      map(message => message.body.text()),
      tap(text => {
        if (text.startsWith('b')) peers.at(-1)?.abort();
      }),
      take(6),
      toArray(),
    );
    expect(await ground.until(firstValueFrom(readings))).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });

  it('closes with a bye, and is at its end', async () => {
    const ground = open();
    const { listener, peers } = await serve(ground, ground.side(), 'pong');
    const link = keep(ground, ground.side(), listener.address);
    expect(await ground.until(texts(link.request('ping')))).toEqual(['pong']);
    const heard = firstValueFrom((peers[0] as Peer).messages$);
    await ground.until(link.close());
    expect((await ground.until(heard)).isFromApplication()).toBe(true);
    expect(await lastValueFrom(link.state$)).toBe('closed');
    await expect(ground.until(texts(link.request('late')))).rejects.toMatchObject({ code: 'channel_closed' });
  });
});
