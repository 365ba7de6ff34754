import { firstValueFrom, lastValueFrom, map, mergeMap, Subject, take, tap, toArray } from 'rxjs';
import type { Peer } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { connectFor, grounds, listenFor, texts } from '../support/grounds.js';
import { record } from '../support/peers.js';

const CLIENTS = 20;

const numbers = Array.from({ length: CLIENTS }, (_, n) => n);

describe.each(grounds)('many clients over $name', ({ open }) => {
  it('are answered each on a channel of its own', async () => {
    const ground = open();
    const server = ground.side();
    const listener = await listenFor(ground, server, {});
    listener.peers$
      .pipe(
        mergeMap(peer => {
          let count = 0;
          return peer.serve(request => {
            count++;
            return `${request.first.body.text()}: ${String(count)} on ${String(peer.channelNumber)}`;
          });
        }),
      )
      .subscribe();
    const client = ground.side();
    const peers: Peer[] = [];
    for (const _ of numbers) peers.push(await connectFor(ground, client, listener.address));
    const asked = peers.map(async (peer, n) => {
      const replies = [];
      for (let turn = 0; turn < 3; turn++)
        replies.push(...(await texts(peer.request(`client ${String(n)}`))));
      return replies;
    });
    const replies = await ground.until(Promise.all(asked));
    const channels = new Set<string>();
    for (const [n, lines] of replies.entries()) {
      const channel = lines[0]?.split(' ').at(-1) ?? '';
      channels.add(channel);
      expect(lines).toEqual([1, 2, 3].map(count => `client ${String(n)}: ${String(count)} on ${channel}`));
    }
    expect(channels.size).toBe(CLIENTS);
  });

  it('are known while they live, and hear what is told to all of them', async () => {
    const ground = open();
    const server = ground.side();
    const listener = await listenFor(ground, server, {});
    const known = new Map<number, Peer>();
    const gone = new Subject<number>();
    const come = new Subject<number>();
    listener.peers$
      .pipe(
        tap(peer => {
          known.set(peer.channelNumber, peer);
          come.next(known.size);
        }),
        mergeMap(peer => peer.closed$),
        tap(({ channelNumber }) => {
          known.delete(channelNumber);
          gone.next(channelNumber);
        }),
      )
      .subscribe();
    const allCame = firstValueFrom(come.pipe(take(CLIENTS), toArray()));
    const sides = [ground.side(), ground.side()];
    const peers: Peer[] = [];
    for (const n of numbers) {
      const side = sides[n % 2];
      if (side !== undefined) peers.push(await connectFor(ground, side, listener.address));
    }
    expect(await ground.until(allCame)).toEqual(numbers.map(n => n + 1));
    const heard = peers.map(peer => firstValueFrom(peer.signals$.pipe(map(m => m.body.text()))));
    for (const peer of known.values()) peer.signal('news');
    expect(await ground.until(Promise.all(heard))).toEqual(numbers.map(() => 'news'));
    // Every other one leaves: half in order, half at once.
    const half = CLIENTS / 2;
    const haveGone = firstValueFrom(gone.pipe(take(half), toArray()));
    for (const n of numbers.slice(0, half)) {
      if (n % 2 === 0) void peers[n]?.bye();
      else peers[n]?.abort();
    }
    expect(new Set(await ground.until(haveGone)).size).toBe(half);
    expect(known.size).toBe(half);
    const rest = peers.slice(half).map(peer => firstValueFrom(peer.signals$.pipe(map(m => m.body.text()))));
    for (const peer of known.values()) peer.signal('more news');
    expect(await ground.until(Promise.all(rest))).toEqual(numbers.slice(half).map(() => 'more news'));
  });

  it('do not harm each other: one is cut off in the middle of its request', async () => {
    const ground = open();
    const server = ground.side();
    const listener = await listenFor(ground, server, {});
    const go = new Subject<string>();
    const asked = new Subject<void>();
    const all = firstValueFrom(asked.pipe(take(3), toArray()));
    listener.peers$
      .pipe(
        mergeMap(peer =>
          peer.serve(() => {
            asked.next();
            return go;
          }),
        ),
      )
      .subscribe();
    const client = ground.side();
    const peers = [];
    for (let n = 0; n < 3; n++) peers.push(await connectFor(ground, client, listener.address));
    const replies = peers.map(peer => record(peer.request('wait').pipe(map(m => m.body.text()))));
    await ground.until(all);
    peers[1]?.abort();
    if (peers[1] !== undefined) await ground.until(lastValueFrom(peers[1].closed$));
    go.next('at last');
    go.complete();
    await ground.until(comesTrue(() => replies.every(({ lines }) => lines.length > 0)));
    const done = ['at last', '|'];
    expect(replies.map(({ lines }) => lines)).toEqual([
      done,
      ['# channel_closed: channel 2 has closed'],
      done,
    ]);
  });
});
