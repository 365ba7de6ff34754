import { NEVER } from 'rxjs';
import { pending } from '../../lib/engine/waiting.js';
import { answering } from '../support/answering.js';
import { Command, objects, rxtofu } from '../support/command.js';

/** A line of the chart: its bounds, its bar, and how many were counted. */
const BAR = /^ +\d+\.\d{3} ms \.\. +\d+\.\d{3} ms {2}█* * {2}\d+$/;

describe('ping', () => {
  it('asks --count times, one after another, and prints how long it took', async () => {
    let asked = 0;
    let underWay = 0;
    let most = 0;
    const { address } = await answering(async () => {
      asked++;
      most = Math.max(most, ++underWay);
      await new Promise(resolve => setImmediate(resolve));
      underWay--;
      return 'pong';
    });
    const { status, stdout, stderr } = await rxtofu('ping', address, '--count', '25');
    const [first, second, ...chart] = stdout.trimEnd().split('\n');
    expect({ asked, most }).toEqual({ asked: 25, most: 1 });
    expect(first).toBe(`25 responses from ${address}`);
    expect(second).toMatch(
      /^min [\d.]+ ms {2}median [\d.]+ ms {2}p95 [\d.]+ ms {2}p99 [\d.]+ ms {2}max [\d.]+ ms {2}mean [\d.]+ ms$/,
    );
    expect(chart.filter(line => !BAR.test(line))).toEqual([]);
    expect(chart.map(line => Number(line.split(' ').at(-1))).reduce((sum, n) => sum + n, 0)).toBe(25);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('asks 10 times by default, and prints one object with --json', async () => {
    const { address } = await answering(() => 'pong');
    const { status, stdout } = await rxtofu('ping', address, '--json');
    expect(objects(stdout)).toEqual([
      {
        event: 'ping',
        address,
        count: 10,
        milliseconds: {
          min: expect.any(Number),
          median: expect.any(Number),
          p95: expect.any(Number),
          p99: expect.any(Number),
          max: expect.any(Number),
          mean: expect.any(Number),
        },
        histogram: expect.any(Array),
      },
    ]);
    expect(status).toBe(0);
  });

  it('ends early at SIGINT, with what it has', async () => {
    let asked = 0;
    const [stuck, onStuck] = pending();
    const { address } = await answering(() => {
      if (++asked <= 3) return 'pong';
      onStuck();
      return NEVER;
    });
    const running = new Command('ping', address, '--json');
    await stuck;
    running.signal('SIGINT');
    const { status, stdout, stderr } = await running.end();
    expect(objects(stdout)).toMatchObject([{ count: 3 }]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('prints what it has measured before it fails with 1', async () => {
    let asked = 0;
    const { address } = await answering(() => (++asked <= 3 ? 'pong' : NEVER));
    const { status, stdout, stderr } = await rxtofu('ping', address, '--json', '--timeout', '1000');
    expect(objects(stdout)).toMatchObject([{ count: 3 }]);
    expect(stderr).toBe('rxtofu ping: communication_failed: no reply to the request within 1000 ms\n');
    expect(status).toBe(1);
  });
});
