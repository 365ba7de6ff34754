import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs `children/seen.cjs` on the built package: what it printed, and what it said on stderr. */
function run(nodeDebug: string, ...args: string[]): { said: unknown; lines: string[] } {
  const file = join(__dirname, '..', 'support', 'children', 'seen.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    env: { ...process.env, NODE_DEBUG: nodeDebug },
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`it ended with ${String(status)}: ${stderr}`);
  return { said: JSON.parse(stdout), lines: stderr.split('\n').filter(line => line !== '') };
}

const SAID = { reply: 'PING', failure: 'processing_failed', errors: [], held: [0, 0] };

describe('NODE_DEBUG', () => {
  it('that names rxtofu prints a line for each event, texts of peers in quotes', () => {
    const { said, lines } = run('rxtofu');
    expect(said).toEqual(SAID);
    const anonymous = lines.map(line =>
      line.replace(/^RXTOFU \d+: /, '').replace(/tcp\|127\.0\.0\.1\|\d+/g, 'TCP'),
    );
    expect(anonymous.sort()).toEqual(
      [
        'accept: channel 2 at listener 1 on TCP from TCP',
        'connect: channel 1 to TCP',
        'request:start: channel 1 out 7',
        'request:start: channel 2 in 7',
        'request:end: channel 2 in 7, completed',
        'request:end: channel 1 out 7, completed',
        'request:start: channel 1 out 8',
        'request:start: channel 2 in 8',
        'request:end: channel 2 in 8, failed with "100%s of \\"it\\""',
        'request:end: channel 1 out 8, failed with "100%s of \\"it\\""',
        'frame:rejected: channel 0 from TCP, opCode 15 is invalid',
        'close: channel 1, success',
        'close: channel 2, success',
        'close: channel 1, channel_closed',
      ].sort(),
    );
  });

  it.each(['', 'net-but-not-ours'])('that is "%s" prints nothing', nodeDebug => {
    expect(run(nodeDebug)).toEqual({ said: SAID, lines: [] });
  });
});

describe('a listener that throws', () => {
  it('is reported as an uncaught exception for each event, and nothing of the engine breaks', () => {
    const { said } = run('', 'throwing', '13');
    const { errors, ...rest } = said as typeof SAID;
    expect(rest).toEqual({ reply: 'PING', failure: 'processing_failed', held: [0, 0] });
    expect([...errors].sort()).toEqual(
      [
        'at accept',
        'at connect',
        ...Array<string>(3).fill('at close'),
        'at frame:rejected',
        ...Array<string>(4).fill('at request:end'),
        ...Array<string>(4).fill('at request:start'),
      ].sort(),
    );
  });
});
