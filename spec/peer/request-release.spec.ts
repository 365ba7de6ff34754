import { firstValueFrom, NEVER, Subject } from 'rxjs';
import type { Reply } from '../../lib/index.js';
import { record, virtualPair } from '../support/peers.js';

describe('a request that its handler releases before it answers', () => {
  it.each<[string, (values: Subject<string>) => Reply]>([
    ['an Observable', values => values],
    ['a Promise', values => firstValueFrom(values)],
  ])('holds no slot while %s has given nothing, and is answered all the same', async (_kind, replyOf) => {
    const { here, there, server, pass } = await virtualPair();
    const values = new Subject<string>();
    there.respond(request => {
      request.release();
      return replyOf(values);
    });
    const reply = record(here.request('subscribe'));
    await pass();
    expect(server.engine.stats().slots).toMatchObject({ used: 0, beyond: 0 });
    values.next('late');
    values.complete();
    await pass();
    expect(reply.lines[0]).toMatch(/^Response\+? "late"$/);
  });

  it('stalls nobody: more of them than slots are begun', async () => {
    const { here, there, server, pass } = await virtualPair({
      server: { initialPoolMsgs: 4, maxPoolMsgs: 4, stallTimeout: Infinity },
    });
    let begun = 0;
    there.respond(request => {
      begun++;
      request.release();
      return NEVER;
    });
    const replies = Array.from({ length: 20 }, () => record(here.request('subscribe')));
    await pass();
    expect([begun, server.engine.stats().pausedChannels]).toEqual([20, 0]);
    for (const reply of replies) reply.unsubscribe();
  });

  it('holds no slot while its reply waits for a socket that takes nothing', async () => {
    const { here, there, server, client, net, pass } = await virtualPair();
    const values = new Subject<string>();
    there.respond(request => {
      request.release();
      return values;
    });
    const reply = record(here.request('subscribe'));
    await pass();
    net.partition(server.engine, client.engine);
    there.signal('x'.repeat(65_535));
    await pass(0);
    values.next('late');
    await pass();
    expect(server.engine.stats().slots).toMatchObject({ used: 0, beyond: 0 });
    net.heal(server.engine, client.engine);
    await pass();
    expect(reply.lines).toEqual(['Response+ "late"']);
    reply.unsubscribe();
  });
});
