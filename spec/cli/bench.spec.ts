import { NEVER } from 'rxjs';
import { pending } from '../../lib/engine/waiting.js';
import { answering } from '../support/answering.js';
import { Command, objects, rxtofu } from '../support/command.js';

describe('bench', () => {
  it('keeps --in-flight requests of --size bytes under way for --seconds, and counts the answered', async () => {
    const seen = { requests: 0, sizes: new Set<number>(), underWay: 0, most: 0 };
    const { address } = await answering(async ({ first }) => {
      seen.requests++;
      seen.sizes.add(first.body.byteLength);
      seen.most = Math.max(seen.most, ++seen.underWay);
      await new Promise(resolve => setImmediate(resolve));
      seen.underWay--;
      return '';
    });
    const { status, stdout, stderr } = await rxtofu(
      ...['bench', address, '--json', '--seconds', '0.2', '--in-flight', '5', '--size', '100'],
    );
    const [result, ...more] = objects(stdout);
    expect(more).toEqual([]);
    expect(result).toEqual({
      event: 'bench',
      address,
      seconds: expect.any(Number),
      inFlight: 5,
      size: 100,
      requests: seen.requests,
      requestsPerSecond: expect.any(Number),
      megabytesPerSecond: expect.any(Number),
    });
    const { seconds, requestsPerSecond, megabytesPerSecond } = result as Record<string, number>;
    expect(requestsPerSecond).toBeCloseTo(seen.requests / (seconds ?? NaN), 3);
    expect(megabytesPerSecond).toBeCloseTo(((requestsPerSecond ?? NaN) * 100) / 1e6, 6);
    expect(seen).toMatchObject({ sizes: new Set([100]), most: 5 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('prints rate and MB/s for people', async () => {
    const { address } = await answering(() => '');
    const { stdout } = await rxtofu('bench', address, '--seconds', '0.1');
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(/^\d+ requests of 64 B in \d+\.\d\d s, 64 in flight, to uds\|/);
    expect(second).toMatch(/^\d+ requests\/s {2}\d+\.\d\d MB\/s$/);
  });

  it.each([
    ['64', '65535'],
    ['16384', '0'],
  ])(
    'keeps %s requests of %s bytes in flight, whatever the queue of a channel holds by default',
    async (inFlight, size) => {
      const listening = new Command('listen', 'uds:', '--quiet', '--json');
      const { address } = JSON.parse(await listening.line()) as { address: string };
      const { status, stdout, stderr } = await rxtofu(
        ...['bench', address, '--json', '--seconds', '0.1', '--in-flight', inFlight, '--size', size],
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(objects(stdout)).toMatchObject([{ inFlight: Number(inFlight), size: Number(size) }]);
    },
  );

  it('ends at SIGINT with what it has, though requests in flight are never answered', async () => {
    let asked = 0;
    const [stuck, onStuck] = pending();
    const { address } = await answering(() => {
      if (++asked <= 3) return '';
      onStuck();
      return NEVER;
    });
    const running = new Command('bench', address, '--json', '--in-flight', '1', '--timeout', '0');
    await stuck;
    running.signal('SIGINT');
    const { status, stdout, stderr } = await running.end();
    expect(objects(stdout)).toMatchObject([{ requests: 3 }]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('fails at SIGINT when nothing has been answered', async () => {
    const [stuck, onStuck] = pending();
    const { address } = await answering(() => {
      onStuck();
      return NEVER;
    });
    const running = new Command('bench', address, '--timeout', '0');
    await stuck;
    running.signal('SIGINT');
    expect(await running.end()).toEqual({
      status: 1,
      stdout: '',
      stderr: 'rxtofu bench: interrupted by SIGINT\n',
    });
  });

  it('fails with 1 when the connection is lost', async () => {
    const [begun, onBegun] = pending();
    const { address, peers } = await answering(() => {
      onBegun();
      return '';
    });
    void begun.then(() => peers[0]?.abort());
    const { status, stdout, stderr } = await rxtofu('bench', address);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe('rxtofu bench: channel_closed: channel 1 has closed\n');
  });
});
