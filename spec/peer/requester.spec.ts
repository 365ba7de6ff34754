import { NEVER, Subject, take } from 'rxjs';
import { type Message, OpCode } from '../../lib/index.js';
import { record, virtualPair } from '../support/peers.js';
import { plainPair } from '../support/plain-peer.js';
import { thrownBy } from '../support/virtual-time.js';

describe('a request', () => {
  it('is sent when it is subscribed to, each time anew', async () => {
    const { peer, plain, pass } = await plainPair();
    const request = peer.request('ping');
    await pass();
    expect(plain.heard()).toEqual([]);
    record(request);
    record(request);
    await pass();
    expect(plain.heard()).toEqual(['Request "ping"', 'Request "ping"']);
    expect(new Set(plain.ids.slice(-2)).size).toBe(2);
  });

  it('emits the frames of its reply, and completes with the last', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const reply = record(peer.request('ping'));
    await pass();
    const id = plain.ids.at(-1) as bigint;
    plain.response(id, 'one', { more: true });
    plain.response(id, '', { more: true });
    await pass();
    expect(client.engine.stats().requests).toBe(1);
    plain.response(id, 'three');
    await pass();
    expect(reply.lines).toEqual(['Response+ "one"', 'Response+', 'Response "three"', '|']);
    expect(client.engine.stats().requests).toBe(0);
    plain.response(id, 'four');
    await pass();
    expect(reply.lines).toHaveLength(4);
    expect(client.engine.stats().lateReplies).toBe(1);
  });

  it('carries its headers, and those of its payload, which may not begin with rx-', async () => {
    const { peer, plain, client, pass } = await plainPair();
    record(peer.request({ body: 'b', headers: { b: '2' } }, { headers: { a: ['1', '1'] } }));
    const refused = [
      record(peer.request('x', { headers: { 'rx-a': '1' } })),
      record(peer.request({ headers: { 'rx-a': '1' } })),
    ];
    const illegal = record(peer.request('x', { headers: { 'a:b': '1' } }));
    const nothing = record(peer.request(undefined as unknown as string));
    await pass();
    expect(plain.heard()).toEqual(['Request a:1 a:1 b:2 "b"']);
    for (const { lines } of refused)
      expect(lines).toEqual([expect.stringMatching(/^# not_allowed: header "rx-a"/)]);
    expect(illegal.lines).toEqual([expect.stringMatching(/^# invalid_message: /)]);
    expect(nothing.lines).toEqual([expect.stringMatching(/^# invalid_message: payload of type undefined/)]);
    expect(client.engine.stats().requests).toBe(1);
  });

  it('shows no end that is nobody’s value, and errors with the text of an rx-error', async () => {
    const { peer, plain, pass } = await plainPair();
    const replies = Array.from({ length: 4 }, () => record(peer.request('ping')));
    await pass();
    const [a, b, c, d] = plain.ids.slice(-4) as [bigint, bigint, bigint, bigint];
    plain.response(a, { headers: { 'rx-end': '1' } });
    plain.response(b, { headers: { 'rx-end': '1' }, body: 'a value all the same' });
    plain.response(c, { headers: { 'rx-error': 'no luck' } });
    plain.response(d, { headers: { 'rx-error': 'of this part', 'rx-end': '1' } }, { more: true });
    await pass();
    expect(replies.map(reply => reply.lines)).toEqual([
      ['|'],
      ['Response rx-end:1 "a value all the same"', '|'],
      ['# processing_failed: no luck'],
      ['Response+ rx-error:of this part rx-end:1'],
    ]);
  });

  it('emits the Signals with its id with observe: all, which signals$ has, too', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const all = record(peer.request('ping', { observe: 'all' }));
    const some = record(peer.request('ping'));
    await pass();
    const [first, second] = plain.ids.slice(-2) as [bigint, bigint];
    const taps = record(peer.signals$);
    plain.signal('50 %', { id: first });
    plain.signal('other', { id: second });
    plain.signal({ headers: { 'rx-of-peers': '1' } }, { id: first });
    await pass();
    taps.unsubscribe();
    plain.signal('75 %', { id: first });
    plain.signal('dropped', { id: second });
    plain.response(first, 'done');
    plain.response(second, 'done');
    await pass();
    expect(all.lines).toEqual(['Signal "50 %"', 'Signal "75 %"', 'Response "done"', '|']);
    expect(some.lines).toEqual(['Response "done"', '|']);
    expect(taps.lines).toEqual(['Signal "50 %"', 'Signal "other"']);
    expect(client.engine.stats().signalsDropped).toBe(1);
  });

  it('is pulled by for await, each message holding its slot until the next pull', async () => {
    const { peer, plain, client, pass } = await plainPair();
    const iterator: AsyncIterator<Message, undefined> = peer.request('ping')[Symbol.asyncIterator]();
    const first = iterator.next();
    await pass();
    const id = plain.ids.at(-1) as bigint;
    for (const text of ['one', 'two', 'three']) plain.response(id, text, { more: true });
    await pass();
    expect((await first).value?.body.text()).toBe('one');
    expect(client.engine.stats().slots.used).toBe(3);
    expect((await iterator.next()).value?.body.text()).toBe('two');
    expect(client.engine.stats().slots.used).toBe(2);
    await iterator.return?.();
    expect(client.engine.stats().slots.used).toBe(0);
    await pass();
    expect(plain.heard()).toEqual(['Request "ping"', 'Signal rx-cancel:1']);
  });
});

describe('the id of a request', () => {
  it('is one of a space apart from what posts by hand are given', async () => {
    const { peer, plain, client, pass } = await plainPair();
    record(peer.request('ping'));
    const message = client.engine.get();
    message.channelNumber = peer.channelNumber;
    const { messageId } = client.group.post(message);
    await pass();
    expect(messageId < 2n ** 63n).toBe(true);
    expect((plain.ids.at(-2) as bigint) >= 2n ** 63n).toBe(true);
  });

  it.each([7, 7n, 2n ** 64n - 1n, 2n ** 63n + 2n ** 32n])('may be set by hand: %s', async messageId => {
    const { peer, plain, pass } = await plainPair();
    const reply = record(peer.request('ping', { messageId }));
    const second = record(peer.request('ping', { messageId }));
    const own = record(peer.request('ping'));
    await pass();
    expect(second.lines).toEqual([expect.stringMatching(/^# invalid_message_id: messageId \d+ is in use/)]);
    expect(plain.ids.slice(-2)[0]).toBe(BigInt(messageId));
    plain.response(messageId, 'by hand');
    plain.response(plain.ids.at(-1) as bigint, 'own');
    await pass();
    expect(reply.lines).toEqual(['Response "by hand"', '|']);
    expect(own.lines).toEqual(['Response "own"', '|']);
    record(peer.request('again', { messageId }));
    await pass();
    expect(plain.ids.at(-1)).toBe(BigInt(messageId));
  });

  it('that is 0 means one of its own, and one that is none is refused', async () => {
    const { peer, plain, pass } = await plainPair();
    const reply = record(peer.request('ping', { messageId: 0 }));
    await pass();
    expect(plain.ids.at(-1)).not.toBe(0n);
    plain.response(plain.ids.at(-1) as bigint, 'pong');
    await pass();
    expect(reply.lines).toEqual(['Response "pong"', '|']);
    for (const messageId of [-1, 1.5, 2n ** 64n]) {
      expect(record(peer.request('ping', { messageId })).lines).toEqual([
        expect.stringMatching(/^# invalid_message_id: /),
      ]);
    }
  });
});

describe('requests under way', () => {
  it('are at most maxRequests', async () => {
    const { peer, plain, client, pass } = await plainPair({ maxRequests: 2 });
    const first = record(peer.request('1'));
    record(peer.request('2'));
    const third = peer.request('3');
    expect(record(third).lines).toEqual([expect.stringMatching(/^# pool_empty: 2 requests are under way/)]);
    expect(client.engine.stats().requests).toBe(2);
    first.unsubscribe();
    expect(record(third).lines).toEqual([]);
    await pass();
    expect(plain.heard()).toEqual(['Request "2"', 'Request "3"']);
  });

  it('error at once with channel_closed when the channel dies, also those begun then', async () => {
    const { peer, net, client, connecting, pass } = await plainPair();
    const order: string[] = [];
    const again = peer.request('again');
    for (const name of ['a', 'b']) {
      peer.request(name, { timeout: 0 }).subscribe({
        error: error => {
          order.push(
            name,
            thrownBy(() => {
              throw error;
            }) as string,
          );
          if (name === 'a') again.subscribe({ error: () => order.push('again') });
        },
      });
    }
    await pass();
    net.disconnect(peer);
    await pass(0);
    expect(order).toEqual(['a', 'channel_closed', 'again', 'b', 'channel_closed']);
    expect(connecting.lines).toHaveLength(2);
    expect(client.engine.stats().requests).toBe(0);
    expect(record(peer.request('late')).lines).toEqual([expect.stringMatching(/^# channel_closed: /)]);
  });

  it('error with channel_closed when the other side says bye, and no further one begins', async () => {
    const { peer, plain, pass } = await plainPair();
    const source = new Subject<string>();
    const replies = [record(peer.request('a')), record(peer.request(source))];
    source.next('part');
    await pass();
    plain.say(OpCode.ByeRequest);
    await pass(1);
    replies.push(record(peer.request('b')));
    for (const { lines } of replies) expect(lines).toEqual(['# channel_closed: the peer has said bye']);
    expect(source.observed).toBe(false);
    await pass();
  });

  it('are ended within each other', async () => {
    const { here, there, pass, client } = await virtualPair();
    there.respond(request => request.first.body.text());
    const order: string[] = [];
    const never = here.request(NEVER).subscribe();
    here.request('outer').subscribe({
      next: () => {
        order.push('outer');
        never.unsubscribe();
        here
          .request('inner')
          .pipe(take(1))
          .subscribe(() => {
            order.push('inner');
            void here.bye().then(() => order.push('bye'));
          });
      },
      complete: () => order.push('complete'),
    });
    await pass();
    expect(order).toEqual(['outer', 'complete', 'inner', 'bye']);
    expect(client.engine.stats().requests).toBe(0);
  });
});
