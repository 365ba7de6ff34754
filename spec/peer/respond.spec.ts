import { concat, EMPTY, map, NEVER, of, Subject, throwError } from 'rxjs';
import { type Peer, type Reply, type RequestHandler, Status, TofuError } from '../../lib/index.js';
import { comesTrue } from '../support/eventually.js';
import { networks } from '../support/networks.js';
import { pairOver, record, virtualPair } from '../support/peers.js';
import { PlainPeer } from '../support/plain-peer.js';

async function* generated(...values: string[]): AsyncGenerator<string> {
  for (const value of values) yield value;
}

/** The frames with which a handler is answered to a plain peer. */
async function framesOf(handler: RequestHandler): Promise<string[]> {
  const { server, net, pass } = await virtualPair();
  const plainEngine = net.createEngine();
  const plain = PlainPeer.dial({ engine: plainEngine, group: plainEngine.createGroup() });
  server.listener.peers$.subscribe(peer => peer.respond(handler));
  await pass();
  plain.heard();
  plain.request('ping');
  await pass();
  const frames = plain.heard();
  void plainEngine.destroy();
  await pass();
  return frames;
}

describe('a handler that answers', () => {
  it.each([
    ['a string with one frame', 'pong', ['Response "pong"']],
    ['bytes with one frame', Buffer.from('pong'), ['Response "pong"']],
    ['a payload with headers with one frame', { body: 'b', headers: [['a', '1']] }, ['Response a:1 "b"']],
    ['nothing but headers with one frame', { headers: { a: ['1', '2'] } }, ['Response a:1 a:2']],
    ['an empty string with a value that is empty', '', ['Response']],
    ['a Promise with one frame', Promise.resolve('pong'), ['Response "pong"']],
    ['of(x) with one frame', of('pong'), ['Response "pong"']],
    ['several values with as many frames', of('a', 'b'), ['Response+ "a"', 'Response "b"']],
    ['EMPTY with an end alone', EMPTY, ['Response rx-end:1']],
    ['an async generator with its values', generated('a', 'b'), ['Response+ "a"', 'Response "b"']],
    ['an empty async generator with an end alone', generated(), ['Response rx-end:1']],
    ['NEVER with nothing', NEVER, []],
  ] as [string, Reply, string[]][])('%s', async (_name, reply, frames) => {
    expect(await framesOf(() => reply)).toEqual(frames);
  });

  it('later than its last value ends with a frame for that, which nobody is shown', async () => {
    const { here, there, pass } = await virtualPair();
    const source = new Subject<string>();
    there.respond(() => source);
    const reply = record(here.request('ping'));
    const frames = record(here.messages$);
    await pass();
    source.next('a');
    await pass();
    source.complete();
    await pass();
    expect(frames.lines).toEqual(['Response+ "a"', 'Response rx-end:1']);
    expect(reply.lines).toEqual(['Response+ "a"', '|']);
  });
});

describe('a handler that fails', () => {
  const broken = (): never => {
    throw new Error('secret');
  };
  const refusing = (): never => {
    throw new TofuError(Status.notAllowed, 'not today');
  };
  async function* failing(): AsyncGenerator<string> {
    yield 'a';
    broken();
  }

  it.each([
    ['throws an Error', broken, ['Response rx-error:internal error']],
    ['throws a TofuError', refusing, ['Response rx-error:not today']],
    [
      'rejects with an Error',
      () => Promise.reject(new Error('secret')),
      ['Response rx-error:internal error'],
    ],
    [
      'errors with a TofuError',
      () => throwError(() => new TofuError(Status.notAllowed, 'a\r\nb')),
      ['Response rx-error:a b'],
    ],
    [
      'errors behind a value',
      () =>
        concat(
          of('a'),
          throwError(() => new Error('secret')),
        ),
      ['Response+ "a"', 'Response rx-error:internal error'],
    ],
    ['throws behind a value', failing, ['Response+ "a"', 'Response rx-error:internal error']],
    [
      'gives no payload',
      () => undefined as unknown as string,
      [expect.stringMatching(/^Response rx-error:payload of type undefined/)],
    ],
    [
      'promises no payload',
      () => Promise.resolve(7 as unknown as string),
      [expect.stringMatching(/^Response rx-error:payload of type number/)],
    ],
    [
      'emits no payload',
      () => of(7 as unknown as string),
      [expect.stringMatching(/^Response rx-error:payload of type number/)],
    ],
    [
      'sets rx-headers',
      () => ({ headers: { 'rx-end': '1' } }),
      [expect.stringMatching(/^Response rx-error:header "rx-end"/)],
    ],
    [
      'gives too much',
      () => 'x'.repeat(65_536),
      [expect.stringMatching(/^Response rx-error:body of 65536 bytes/)],
    ],
    [
      'gives an iterable that throws',
      () => ({ [Symbol.asyncIterator]: broken }),
      ['Response rx-error:internal error'],
    ],
    ['gives a Promise-like that throws', () => ({ then: broken }), ['Response rx-error:internal error']],
  ] as [string, RequestHandler, string[]][])(
    'because it %s answers rx-error',
    async (_name, handler, frames) => {
      expect(await framesOf(handler)).toEqual(frames);
    },
  );

  it('tells at most 1 KiB of it, in one line', async () => {
    const { here, there, pass } = await virtualPair();
    there.respond(() => {
      throw new TofuError(Status.notAllowed, `é\n${'ü'.repeat(2_000)}`);
    });
    const frames: string[] = [];
    here.messages$.subscribe(message => frames.push(message.textHeaders.get('rx-error') ?? ''));
    const reply = record(here.request('ping'));
    await pass();
    expect(Buffer.byteLength(frames[0] ?? '')).toBeLessThanOrEqual(1024);
    expect(frames[0]).toMatch(/^é ü{400,}$/);
    expect(reply.lines).toEqual([`# processing_failed: ${String(frames[0])}`]);
  });

  it('closes nothing but its own request', async () => {
    const { here, there, pass } = await virtualPair();
    there.respond(request => (request.first.body.text() === 'bad' ? broken() : 'pong'));
    const replies = ['good', 'bad', 'good'].map(text => record(here.request(text)));
    await pass();
    expect(replies.map(reply => reply.lines.at(-1))).toEqual([
      '|',
      '# processing_failed: internal error',
      '|',
    ]);
  });
});

describe('a handler', () => {
  it('reads the parts of a request, by subscribing or by for await', async () => {
    const { here, there, pass } = await virtualPair();
    const handlers: RequestHandler[] = [
      request => request.pipe(map(part => part.body.text().toUpperCase())),
      async request => {
        let text = '';
        for await (const part of request) text += part.body.text();
        return text;
      },
    ];
    const lines: string[][] = [];
    for (const handler of handlers) {
      const responding = there.respond(handler);
      const reply = record(here.request(of('a', 'b', 'c')));
      await pass();
      responding.unsubscribe();
      lines.push(reply.lines);
    }
    expect(lines).toEqual([
      ['Response+ "A"', 'Response+ "B"', 'Response "C"', '|'],
      ['Response "abc"', '|'],
    ]);
  });

  it('is told of by its window: first, which is its first value, channelNumber and messageId', async () => {
    const { here, there, pass } = await virtualPair();
    there.respond(
      request => `${String(request.channelNumber)} ${String(request.messageId)} ${request.first.body.text()}`,
    );
    const reply = record(here.request('ping', { messageId: 99 }));
    await pass();
    expect(reply.lines[0]).toBe(`Response "${String(there.channelNumber)} 99 ping"`);
  });

  it('sees no end that is no part of the upload, and one empty part of an empty one', async () => {
    const { here, there, pass } = await virtualPair();
    const uploads: ReturnType<typeof record>[] = [];
    there.respond(request => {
      uploads.push(record(request));
      return NEVER;
    });
    const source = new Subject<string>();
    record(here.request(source));
    record(here.request(EMPTY));
    source.next('a');
    await pass();
    source.complete();
    await pass();
    expect(uploads.map(upload => upload.lines)).toEqual([
      ['Request rx-end:1', '|'],
      ['Request+ "a"', '|'],
    ]);
  });

  it('is unsubscribed, and its half-received window errors, when the request is cancelled', async () => {
    const { here, there, server, pass } = await virtualPair();
    const uploads: ReturnType<typeof record>[] = [];
    const replies = new Subject<string>();
    there.respond(request => {
      uploads.push(record(request));
      return replies;
    });
    const source = new Subject<string>();
    const reply = record(here.request(source));
    source.next('a');
    await pass();
    expect(replies.observed).toBe(true);
    reply.unsubscribe();
    await pass();
    expect(replies.observed).toBe(false);
    expect(uploads[0]?.lines).toEqual([
      'Request+ "a"',
      '# communication_failed: the request was cancelled by its sender',
    ]);
    expect(server.engine.stats()).toMatchObject({ requests: 0, signalsDropped: 0 });
    expect(server.engine.stats().slots.used).toBe(0);
  });

  it('whose Promise settles late, behind a cancel, answers nothing', async () => {
    const { here, there, server, pass } = await virtualPair();
    const answer = new Subject<string>();
    there.respond(
      () =>
        new Promise((resolve, reject) => {
          answer.subscribe(text => {
            if (text === 'no') reject(new Error('late'));
            else resolve(text);
          });
        }),
    );
    for (const text of ['yes', 'no']) {
      const reply = record(here.request('ping'));
      await pass();
      reply.unsubscribe();
      await pass();
      const sent = server.engine.stats().messagesOut;
      answer.next(text);
      await pass();
      expect(server.engine.stats().messagesOut).toBe(sent);
    }
  });

  it('may abort, say bye or destroy within itself', async () => {
    const acts: [(peer: Peer, destroy: () => void) => void, string[]][] = [
      [
        peer => {
          peer.abort();
        },
        ['# channel_closed: channel 1 has closed'],
      ],
      [peer => void peer.bye(), ['Response "pong"', '|']],
      [
        (_peer, destroy) => {
          destroy();
        },
        ['# channel_closed: channel 1 has closed'],
      ],
    ];
    for (const [act, lines] of acts) {
      const { here, there, server, pass } = await virtualPair();
      there.respond(() => {
        act(there, () => void server.engine.destroy());
        return Promise.resolve('pong');
      });
      const reply = record(here.request('ping'));
      await pass();
      expect(reply.lines).toEqual(lines);
      expect(server.engine.stats()).toMatchObject({ requests: 0, channels: { ready: 0, closing: 0 } });
    }
  });
});

describe.each(networks)('over $name', network => {
  it('a thousand requests at once are answered, each with its own', async () => {
    const { here, there, server, client } = await pairOver(network);
    there.respond(request => request.pipe(map(m => m.body.text().toUpperCase())));
    const replies = Array.from({ length: 1_000 }, (_, n) => record(here.request(`r${String(n)}`)));
    await comesTrue(() => replies.every(reply => reply.lines.length === 2));
    expect(replies.every((reply, n) => reply.lines[0] === `Response "R${String(n)}"`)).toBe(true);
    await comesTrue(() => server.engine.stats().requests === 0);
    expect(client.engine.stats().requests).toBe(0);
  });
});
