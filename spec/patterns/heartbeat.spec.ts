import { filter, firstValueFrom, lastValueFrom, take } from 'rxjs';
import { keepAlive, OpCode, type Peer } from '../../lib/index.js';
import { record } from '../support/peers.js';
import { grounds, meetOn, texts } from '../support/grounds.js';

/** Resolves when so many heartbeats of the other side have come. */
function heartbeats(peer: Peer, count: number): Promise<unknown> {
  return lastValueFrom(
    peer.messages$.pipe(
      filter(m => m.opCode === OpCode.Signal && m.textHeaders.get('rx-heartbeat') === '1'),
      take(count),
    ),
  );
}

describe.each(grounds)('heartbeat over $name', ({ open }) => {
  it('keeps two silent sides told that the other is there, and shows nothing in signals$', async () => {
    const { here, there, until, scheduler } = await meetOn(open());
    const signals = [record(here.signals$), record(there.signals$)];
    // What a busy machine may do to the time between two beats is not looked at: nobody loses patience.
    const alive = [here, there].map(peer =>
      record(keepAlive(peer, { every: 2, within: 600_000 }, scheduler)),
    );
    await until(Promise.all([heartbeats(here, 5), heartbeats(there, 5)]));
    expect(alive.map(({ lines }) => lines)).toEqual([[], []]);
    expect(signals.map(({ lines }) => lines)).toEqual([[], []]);
    await until(here.bye());
    await until(lastValueFrom(there.closed$));
    expect(alive.map(({ lines }) => lines)).toEqual([['|'], ['|']]);
  });

  it('finds out that nothing comes any more; aborting the Peer then closes both sides', async () => {
    const { here, there, until, scheduler } = await meetOn(open());
    const lost = lastValueFrom(keepAlive(here, { every: 2, within: 10 }, scheduler), {
      defaultValue: 'alive',
    });
    await expect(until(lost)).rejects.toMatchObject({ code: 'peer_disconnected' });
    here.abort();
    const closed = await until(Promise.all([lastValueFrom(here.closed$), lastValueFrom(there.closed$)]));
    expect(closed).toHaveLength(2);
  });

  it('stops when it is unsubscribed, and leaves the connection as it was', async () => {
    const { here, there, until, scheduler } = await meetOn(open());
    there.respond(() => 'pong');
    const beating = record(keepAlive(here, { every: 2, within: Infinity }, scheduler));
    await until(heartbeats(there, 2));
    beating.unsubscribe();
    const late = record(there.messages$);
    expect(await until(texts(here.request('ping')))).toEqual(['pong']);
    // The beats that had left before are ahead of the request.
    expect(late.lines.at(-1)).toBe('Request "ping"');
    const next = firstValueFrom(there.messages$);
    here.signal('the next that comes');
    expect((await until(next)).body.text()).toBe('the next that comes');
  });
});
