import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER, Observable, of } from 'rxjs';
import { pending } from '../../lib/engine/waiting.js';
import { type MessageWindow, type Payload, Status, TofuError } from '../../lib/index.js';
import { findFreeTcpPort, tempUdsPath } from '../../lib/testing/index.js';
import { answering } from '../support/answering.js';
import { lineOf } from '../support/conversation.js';
import { Command, objects, rxtofu } from '../support/command.js';

/** All of an upload: how many parts it had, and what they held. */
async function whole(request: MessageWindow): Promise<{ parts: number; bytes: Buffer }> {
  const bodies: Uint8Array[] = [];
  for await (const part of request) bodies.push(Buffer.from(part.body.bytes()));
  return { parts: bodies.length, bytes: Buffer.concat(bodies) };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('send', () => {
  it('sends one Request with its headers and body, prints the response, and ends with 0', async () => {
    const { address } = await answering(({ first }) => ({
      body: `${JSON.stringify([...first.textHeaders])} ${first.body.text()}`,
      headers: { to: 'all of you', n: '1' },
    }));
    const { status, stdout, stderr } = await rxtofu(
      'send',
      address,
      '--header',
      'formula=a=b',
      '--header',
      'formula=c',
      '--body',
      'hello', // prettier-ignore
    );
    expect(stdout.replace(/id \d+/, 'id I')).toBe(
      'channel 1  Response  id I  to="all of you"  n=1  41 B  "[[\\"formula\\",\\"a=b\\"],[\\"formula\\",\\"c\\"]] hello"\n',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says bye when it has the response', async () => {
    const heard: string[] = [];
    const [closed, onClosed] = pending();
    const { address, peers } = await answering(() => {
      peers[0]?.messages$.subscribe({ next: message => heard.push(lineOf(message)), complete: onClosed });
      return 'ok';
    });
    expect(await rxtofu('send', address)).toMatchObject({ status: 0 });
    await closed;
    expect(heard).toEqual(['ByeRequest 2', 'Signal channel_closed 2']);
  });

  it('sends an empty body without --body', async () => {
    const { address } = await answering(({ first }) => String(first.body.byteLength));
    expect((await rxtofu('send', address)).stdout).toMatch(/ {2}1 B {2}"0"\n$/);
  });

  it('prints everything of a response as an object a line with --json', async () => {
    const { address } = await answering(() => ({ body: Uint8Array.of(0xff, 0), headers: { a: '1' } }));
    const { stdout } = await rxtofu('send', address, '--json');
    const [response, ...more] = objects(stdout);
    expect(more).toEqual([]);
    expect(response).toEqual({
      event: 'message',
      channel: 1,
      operation: 'Response',
      origin: 'application',
      status: 'success',
      more: false,
      id: expect.stringMatching(/^\d+$/),
      headers: [['a', '1']],
      bytes: 2,
      base64: '/wA=',
    });
  });

  it('prints each message of a response, and the Signals with its id', async () => {
    const { address, peers } = await answering(({ messageId }) => {
      peers[0]?.signal('half', { messageId });
      return of('one', 'two');
    });
    const { status, stdout } = await rxtofu('send', address, '--json');
    expect(objects(stdout).map(({ operation, text }) => [operation, text])).toEqual([
      ['Signal', 'half'],
      ['Response', 'one'],
      ['Response', 'two'],
    ]);
    expect(status).toBe(0);
  });

  it('turns the requests of the other side away', async () => {
    const told: unknown[] = [];
    const { address, peers } = await answering(async (): Promise<Payload> => {
      await new Promise<void>(resolve => {
        peers[0]
          ?.request('and you?')
          .subscribe({ error: (error: unknown) => resolve(void told.push(error)) });
      });
      return 'ok';
    });
    expect((await rxtofu('send', address)).status).toBe(0);
    expect(told).toMatchObject([{ code: 'processing_failed', message: 'this command answers no requests' }]);
  });
});

describe('send --body @FILE', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxtofu-'));
    file = join(folder, 'body');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['one message up to 65535 bytes', 65_535, 1],
    ['parts above that', 65_536, 2],
    ['many parts', 3_000_000, 49],
  ])('sends what the file holds in %s', async (_, size, parts) => {
    const bytes = randomBytes(size);
    writeFileSync(file, bytes);
    const { address } = await answering(async request => {
      const got = await whole(request);
      return `${String(got.parts)} ${digest(got.bytes)}`;
    });
    const { status, stdout } = await rxtofu('send', address, '--json', '--body', `@${file}`);
    expect(objects(stdout)).toMatchObject([{ text: `${String(parts)} ${digest(bytes)}` }]);
    expect(status).toBe(0);
  });

  it('puts the headers on the first part', async () => {
    writeFileSync(file, randomBytes(200_000));
    const { address } = await answering(async request => {
      const headers: string[] = [];
      for await (const part of request) headers.push(part.textHeaders.get('name') ?? '');
      return headers.join();
    });
    const { stdout } = await rxtofu('send', address, '--json', '--header', 'name=x', '--body', `@${file}`);
    expect(objects(stdout)).toMatchObject([{ text: 'x,,,' }]);
  });
});

describe('send that fails', () => {
  it.each([
    ['connect_failed', async () => `tcp:127.0.0.1:${String(await findFreeTcpPort())}`],
    ['uds_path_not_found', async () => `uds:${tempUdsPath()}`],
    ['not_allowed: members only', async () => (await answering(() => '', { accept: () => ({ refuse: 'members only' }) })).address], // prettier-ignore
    ['processing_failed: no such song', async () => (await answering(() => { throw new TofuError(Status.processingFailed, 'no such song'); })).address], // prettier-ignore
  ])('names the status on standard error, and ends with 1: %s', async (text, addressOf) => {
    const { status, stdout, stderr } = await rxtofu('send', await addressOf(), '--json');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`rxtofu send: ${text}`);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it('says communication_failed when no response comes within --timeout', async () => {
    const { address } = await answering(() => NEVER);
    expect(await rxtofu('send', address, '--timeout', '1000')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'rxtofu send: communication_failed: no reply to the request within 1000 ms\n',
    });
  });

  it('says connect_failed when no HelloResponse comes within --timeout', async () => {
    const path = tempUdsPath();
    const silent = createServer(socket => socket.resume());
    await new Promise<void>(resolve => silent.listen(path, resolve));
    try {
      expect(await rxtofu('send', `uds:${path}`, '--timeout', '1000')).toEqual({
        status: 1,
        stdout: '',
        stderr: 'rxtofu send: connect_failed: no HelloResponse within 1000 ms\n',
      });
    } finally {
      silent.close();
    }
  });

  it('says channel_closed when the other side leaves before it has answered', async () => {
    const { address, peers } = await answering(() => {
      peers[0]?.abort();
      return NEVER;
    });
    const { status, stderr } = await rxtofu('send', address);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'rxtofu send: channel_closed: channel 1 has closed\n',
    });
  });

  it('writes what a terminal would act on as escapes', async () => {
    const { address } = await answering(() => {
      throw new TofuError(Status.processingFailed, 'no \u001b[31mway');
    });
    expect((await rxtofu('send', address)).stderr).toBe(
      'rxtofu send: processing_failed: no \\u{1b}[31mway\n',
    );
  });

  it('gives the request up at SIGINT, says bye, and ends with 1', async () => {
    const [asked, onAsked] = pending();
    const [cancelled, onCancelled] = pending();
    const { address } = await answering(() => {
      onAsked();
      return new Observable<string>(() => onCancelled);
    });
    const running = new Command('send', address);
    await asked;
    running.signal('SIGINT');
    await cancelled;
    expect(await running.end()).toEqual({
      status: 1,
      stdout: '',
      stderr: 'rxtofu send: interrupted by SIGINT\n',
    });
  });
});
