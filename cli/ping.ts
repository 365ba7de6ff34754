import { lastValueFrom } from 'rxjs';
import type { Peer } from '../lib/index.js';
import { readAddress } from './address.js';
import type { Arguments } from './arguments.js';
import { chart } from './chart.js';
import { readPatience, withPeer } from './client.js';
import type { Command, Context } from './command.js';
import { Interrupted } from './exit-status.js';
import { HELP, JSON_LINES, TIMEOUT } from './flags.js';
import { histogram, summarize } from './latencies.js';
import type { Output } from './output.js';

const COUNT = { min: 1, max: 1_000_000, fallback: 10 };

export const ping: Command = {
  name: 'ping',
  summary: 'sends Requests one after another, and tells how long the responses took',
  usage: 'ADDRESS [--count N] [--timeout MS] [--json]',
  flags: [{ name: 'count', value: 'N', help: 'how many Requests (default 10)' }, TIMEOUT, JSON_LINES, HELP],
  notes: [
    'The other side has to answer Requests, as `rxtofu listen` does. SIGINT ends it early, with what it has.',
  ],
  run,
};

async function run(args: Arguments, context: Context): Promise<void> {
  const address = readAddress(args.only('ADDRESS'), 'client');
  const count = args.integer('count', COUNT);
  const patience = readPatience(args);
  const times: number[] = [];
  try {
    await withPeer(address, patience, context.stop, async peer => {
      await measure(peer, times, count, patience.responseMs, context);
    });
  } catch (error) {
    if (!(error instanceof Interrupted) || times.length === 0) throw error;
  } finally {
    // What was measured before a failure is told, too.
    if (times.length > 0) await report(address.toString(), times, context.output);
  }
}

async function measure(
  peer: Peer,
  times: number[],
  count: number,
  timeout: number,
  { progress, stop: signal }: Context,
): Promise<void> {
  const shown = progress(count, 'pinging {bar} {value} of {total}');
  try {
    while (times.length < count) {
      const startedAt = performance.now();
      await lastValueFrom(peer.request('ping', { timeout, signal }), { defaultValue: null });
      times.push(performance.now() - startedAt);
      shown.update(times.length);
    }
  } finally {
    shown.stop();
  }
}

async function report(address: string, times: readonly number[], output: Output): Promise<void> {
  const latencies = summarize(times);
  const buckets = histogram(times);
  if (output.isJson) {
    await output.object({
      event: 'ping',
      address,
      count: times.length,
      milliseconds: latencies,
      histogram: buckets,
    });
    return;
  }
  await output.line(`${String(times.length)} responses from ${address}`);
  await output.line(
    Object.entries(latencies)
      .map(([name, ms]) => `${name} ${output.paint('bold', (ms as number).toFixed(3))} ms`)
      .join('  '),
  );
  for (const line of chart(buckets, output.paint)) await output.line(line);
}
