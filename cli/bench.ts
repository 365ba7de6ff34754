import type { Subscription } from 'rxjs';
import type { Peer } from '../lib/index.js';
import { readAddress } from './address.js';
import type { Arguments } from './arguments.js';
import { readPatience, withPeer } from './client.js';
import type { Command, Context } from './command.js';
import { HELP, JSON_LINES, TIMEOUT } from './flags.js';
import { whenAborted } from './when-aborted.js';

const SECONDS = { min: 0.1, max: 3_600, fallback: 5 };
const IN_FLIGHT = { min: 1, max: 16_384, fallback: 64 };
const SIZE = { min: 0, max: 65_535, fallback: 64 };
/** A frame beside its body; `bench` sends no headers. */
const FRAME_BYTES = 16;
const TELL_MS = 100;

export const bench: Command = {
  name: 'bench',
  summary: 'keeps Requests in flight for a while, and tells how many were answered',
  usage: 'ADDRESS [--seconds N] [--in-flight N] [--size BYTES] [--timeout MS] [--json]',
  flags: [
    { name: 'seconds', value: 'N', help: 'how long (default 5)' },
    { name: 'in-flight', value: 'N', help: 'how many Requests are under way at any time (default 64)' },
    { name: 'size', value: 'BYTES', help: 'of each body (default 64)' },
    TIMEOUT,
    JSON_LINES,
    HELP,
  ],
  notes: [
    'MB/s counts the bodies of the Requests, in millions of bytes. `rxtofu listen --quiet` is a good other side.',
    'SIGINT ends it early, with what it has.',
  ],
  run,
};

/** What is asked of the other side. */
interface Load {
  readonly seconds: number;
  readonly inFlight: number;
  readonly size: number;
  readonly timeout: number;
}

async function run(args: Arguments, context: Context): Promise<void> {
  const address = readAddress(args.only('ADDRESS'), 'client');
  const patience = readPatience(args);
  const load: Load = {
    seconds: args.decimal('seconds', SECONDS),
    inFlight: args.integer('in-flight', IN_FLIGHT),
    size: args.integer('size', SIZE),
    timeout: patience.responseMs,
  };
  const { output, stop } = context;
  // All that is in flight may have to wait for credit at once.
  const maxQueuedBytes = load.inFlight * (load.size + FRAME_BYTES);
  const answered = await withPeer(address, patience, stop, peer => drive(peer, load, context), {
    maxQueuedBytes,
  });
  const seconds = answered.ms / 1_000;
  const perSecond = answered.count / seconds;
  const megabytes = (perSecond * load.size) / 1e6;
  if (output.isJson) {
    await output.object({
      event: 'bench',
      address: address.toString(),
      seconds,
      inFlight: load.inFlight,
      size: load.size,
      requests: answered.count,
      requestsPerSecond: perSecond,
      megabytesPerSecond: megabytes,
    });
    return;
  }
  await output.line(
    `${String(answered.count)} requests of ${String(load.size)} B in ${seconds.toFixed(2)} s, ` +
      `${String(load.inFlight)} in flight, to ${address.toString()}`,
  );
  await output.line(
    `${output.paint('bold', Math.round(perSecond).toString())} requests/s  ` +
      `${output.paint('bold', megabytes.toFixed(2))} MB/s`,
  );
}

/** Asks until the time is over, then waits for what is in flight: the time that is told ends with the last response. A stop waits for nothing. */
async function drive(peer: Peer, load: Load, context: Context): Promise<{ count: number; ms: number }> {
  const body = Buffer.alloc(load.size, 'x');
  const shown = context.progress(load.seconds, 'measuring {bar} of {total} s');
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const timer = setTimeout(end, load.seconds * 1_000);
  const teller = setInterval(() => {
    shown.update(elapsed() / 1_000);
  }, TELL_MS);
  try {
    return await new Promise((resolve, reject) => {
      let inFlight = load.inFlight;
      let count = 0;
      const asked: Subscription[] = [];
      const ask = (lane: number): void => {
        asked[lane] = peer.request(body, { timeout: load.timeout }).subscribe({
          error: (error: unknown) => {
            // The others are waited for by the bye.
            isOver = true;
            reject(error instanceof Error ? error : new Error(String(error)));
          },
          complete: () => {
            count++;
            if (!isOver) ask(lane);
            else if (--inFlight === 0) resolve({ count, ms: elapsed() });
          },
        });
      };
      for (let lane = 0; lane < load.inFlight; lane++) ask(lane);
      whenAborted(context.stop, () => {
        end();
        for (const request of asked) request.unsubscribe();
        if (count > 0) resolve({ count, ms: elapsed() });
        else reject(context.stop.reason as Error);
      });
    });
  } finally {
    clearTimeout(timer);
    clearInterval(teller);
    shown.stop();
  }
}
