import { existsSync, rmSync } from 'node:fs';
import { concat, lastValueFrom, NEVER, of, toArray } from 'rxjs';
import { pending } from '../../lib/engine/waiting.js';
import { type Message, openPeer, type Peer, tcpClient, udsClient } from '../../lib/index.js';
import { tempUdsPath } from '../../lib/testing/index.js';
import { Command, objects, rxtofu } from '../support/command.js';
import { engineForSpec } from '../support/engines.js';

const paths: string[] = [];

// A listener that is killed leaves its socket file.
afterAll(() => {
  for (const path of paths.splice(0)) rmSync(path, { force: true });
});

/** A listener of the command line, and the path of its socket. */
async function listening(...flags: string[]): Promise<{ command: Command; path: string }> {
  const path = tempUdsPath();
  paths.push(path);
  const command = new Command('listen', `uds:${path}`, ...flags);
  expect((await command.noted(/listening on (.*)\n/))[1]).toBe(`uds|${path}`);
  return { command, path };
}

/** A peer of it. */
function peerOf(path: string): Promise<Peer> {
  return openPeer(engineForSpec().createGroup(), udsClient(path));
}

/** What a message carries, without the headers of the Peers. */
function contentOf(message: Message): unknown {
  return [[...message.textHeaders].filter(([name]) => !name.startsWith('rx-')), message.body.text()];
}

describe('listen', () => {
  it('prints each message of a connection in a line, up to channel_closed', async () => {
    const { command, path } = await listening();
    const peer = await peerOf(path);
    peer.signal(Uint8Array.of(1, 255), { messageId: 5 });
    await lastValueFrom(peer.request('line\nfeed', { messageId: 6, headers: { to: 'all of you', n: '1' } }));
    await peer.bye('so long');
    const id = String(peer.hello.messageId);
    expect(await command.lines(5)).toEqual([
      `channel 2  HelloRequest  id ${id}  ~connect_to=uds|${path}  rx-window=64  0 B`,
      'channel 2  Signal  id 5  2 B  <01ff>',
      'channel 2  Request  id 6  to="all of you"  n=1  9 B  "line\\nfeed"',
      expect.stringMatching(/^channel 2 {2}ByeRequest {2}id \d+ {2}7 B {2}"so long"$/),
      `channel 2  Signal  id ${id}  engine channel_closed  0 B`,
    ]);
  });

  it('answers a Request with its headers and its body', async () => {
    const { path } = await listening('--quiet');
    const peer = await peerOf(path);
    const reply = await lastValueFrom(peer.request('hello', { headers: { a: '1', b: 'two' } }));
    expect(contentOf(reply)).toEqual([[['a', '1'], ['b', 'two']], 'hello']); // prettier-ignore
    await peer.bye();
  });

  it('answers a Request of many parts with its parts', async () => {
    const { path } = await listening('--quiet');
    const peer = await peerOf(path);
    const parts = Array.from({ length: 200 }, (_, n) => `part ${String(n)}`);
    async function* upload(): AsyncGenerator<string> {
      yield* parts;
    }
    const replies = await lastValueFrom(peer.request(upload()).pipe(toArray()));
    expect(replies.map(contentOf)).toEqual(parts.map(part => [[], part]));
    await peer.bye();
  });

  it('tells which port was free', async () => {
    const command = new Command('listen', 'tcp|127.0.0.1|0', '--quiet');
    const [, port] = await command.noted(/^listening on tcp\|127\.0\.0\.1\|(\d+)\n$/);
    const peer = await openPeer(engineForSpec().createGroup(), tcpClient('127.0.0.1', Number(port)));
    expect((await lastValueFrom(peer.request('here'))).body.text()).toBe('here');
    await peer.bye();
  });

  it('prints an object a line with --json, the address first', async () => {
    const { command, path } = await listening('--json');
    const peer = await peerOf(path);
    await lastValueFrom(peer.request('hi', { messageId: 2n ** 63n, headers: { a: '1' } }));
    await peer.bye();
    const [first, hello, request] = objects(`${(await command.lines(3)).join('\n')}\n`);
    expect(first).toEqual({ event: 'listening', address: `uds|${path}`, channel: 1 });
    expect(hello).toMatchObject({ event: 'message', operation: 'HelloRequest', channel: 2 });
    expect(request).toEqual({
      event: 'message',
      channel: 2,
      operation: 'Request',
      origin: 'application',
      status: 'success',
      more: false,
      id: '9223372036854775808',
      headers: [['a', '1']],
      bytes: 2,
      text: 'hi',
    });
  });

  it('prints no messages with --quiet', async () => {
    const { command, path } = await listening('--quiet');
    const peer = await peerOf(path);
    await lastValueFrom(peer.request('hi'));
    await peer.bye();
    command.signal('SIGINT');
    expect(await command.end()).toMatchObject({ status: 0, stdout: '' });
  });

  it('fails with listen_failed where somebody listens', async () => {
    const { path } = await listening();
    const { status, stdout, stderr } = await rxtofu('listen', `uds:${path}`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^rxtofu listen: listen_failed: .*\n$/);
  });
});

describe('listen that is told to end', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says bye to its peers at %s, removes its socket file, and ends with 0',
    async signal => {
      const { command, path } = await listening();
      const peer = await peerOf(path);
      const heard: string[] = [];
      peer.messages$.subscribe(message => heard.push(message.dump()));
      command.signal(signal);
      await lastValueFrom(peer.closed$);
      expect(heard).toEqual([
        expect.stringMatching(/^ByeRequest application/),
        expect.stringMatching(/^Signal engine last channel_closed/),
      ]);
      expect(await command.end()).toMatchObject({ status: 0, stderr: `listening on uds|${path}\n` });
      expect(existsSync(path)).toBe(false);
    },
  );

  it('leaves who does not get through, and ends with 0', async () => {
    const { command, path } = await listening('--quiet');
    const peer = await peerOf(path);
    // An upload that goes on for ever keeps the handler that echoes it.
    const [begun, onBegun] = pending();
    const ended = new Promise(resolve => {
      peer.request(concat(of('the first'), NEVER)).subscribe({ next: onBegun, error: resolve });
    });
    await begun;
    command.signal('SIGINT');
    expect((await command.end()).status).toBe(0);
    expect(await ended).toMatchObject({ code: 'channel_closed' });
  });

  it('ends with 0, and without a word, when nobody reads what it prints', async () => {
    const { command, path } = await listening();
    command.stopReading();
    const peer = await peerOf(path);
    await lastValueFrom(peer.closed$);
    const { status, stderr } = await command.end();
    expect({ status, stderr }).toEqual({ status: 0, stderr: `listening on uds|${path}\n` });
    expect(existsSync(path)).toBe(false);
  });
});
