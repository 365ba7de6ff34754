import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pending } from '../../lib/engine/waiting.js';
import { answering } from '../support/answering.js';
import { Command, objects } from '../support/command.js';
import { comesTrue } from '../support/eventually.js';

describe('send --body @PIPE', () => {
  let folder: string;
  let pipe: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxtofu-'));
    pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe], { timeout: 10_000 });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('sends what comes through the pipe in parts, to its end', async () => {
    const bytes = randomBytes(300_000);
    const { address } = await answering(async request => {
      const bodies: Uint8Array[] = [];
      for await (const part of request) bodies.push(Buffer.from(part.body.bytes()));
      return String(Buffer.concat(bodies).equals(bytes));
    });
    const running = new Command('send', address, '--json', '--body', `@${pipe}`);
    await writeFile(pipe, bytes);
    const { status, stdout, stderr } = await running.end();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(objects(stdout)).toMatchObject([{ text: 'true' }]);
  });

  it('ends at SIGINT while nobody writes to it', async () => {
    const [here, onHere] = pending();
    const { address } = await answering(() => 'never asked', {
      accept: () => {
        onHere();
        return true;
      },
    });
    const running = new Command('send', address, '--body', `@${pipe}`);
    await here;
    running.signal('SIGINT');
    expect(await running.end()).toEqual({
      status: 1,
      stdout: '',
      stderr: 'rxtofu send: interrupted by SIGINT\n',
    });
  });

  it('ends when the connection is lost while nobody writes to it', async () => {
    const { address, peers } = await answering(() => 'never asked');
    const running = new Command('send', address, '--body', `@${pipe}`);
    await comesTrue(() => peers.length > 0);
    peers[0]?.abort();
    expect(await running.end()).toMatchObject({ status: 1, stdout: '' });
  });
});
