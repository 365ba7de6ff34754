import { EMPTY } from 'rxjs';
import {
  createEngine,
  listen as listen$,
  type Listener,
  type Message,
  type Peer,
  pooled,
} from '../lib/index.js';
import { readAddress } from './address.js';
import type { Arguments } from './arguments.js';
import type { Command, Context } from './command.js';
import { echo } from './echo.js';
import { HELP, JSON_LINES } from './flags.js';
import { POOL_MESSAGES } from './pool-messages.js';
import { whenAborted } from './when-aborted.js';

/** How long goodbyes may take, in ms: whoever has not answered then is left. */
const BYE_MS = 2_000;

export const listen: Command = {
  name: 'listen',
  summary: 'prints what arrives, and answers each Request with what came in it',
  usage: 'ADDRESS [--quiet] [--json]',
  flags: [{ name: 'quiet', help: 'prints no messages' }, JSON_LINES, HELP],
  notes: [
    'Port 0, and "uds|" without a path, ask for a free place: standard error tells which was taken, and',
    'so does the first object of --json. SIGINT and SIGTERM say bye to everybody and end it with 0.',
  ],
  run,
};

async function run(args: Arguments, context: Context): Promise<void> {
  const address = readAddress(args.only('ADDRESS'), 'server');
  const isQuiet = args.has('quiet');
  const engine = createEngine({ byeTimeout: BYE_MS, initialPoolMsgs: POOL_MESSAGES });
  const peers = new Set<Peer>();
  const attend = (peer: Peer): void => {
    peers.add(peer);
    peer.closed$.subscribe(() => peers.delete(peer));
    if (!isQuiet) print(peer, context);
    peer.respond(echo);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      listen$(engine.createGroup(), address).subscribe({
        next: listener => {
          announce(listener, context);
          listener.peers$.subscribe(attend);
          whenAborted(context.stop, () => void listener.close());
        },
        error: reject,
        complete: resolve,
      });
    });
    await sayBye(peers);
  } finally {
    await engine.destroy();
  }
}

function announce(listener: Listener, { output, note }: Context): void {
  const address = listener.address.toString();
  if (output.isJson) void output.object({ event: 'listening', address, channel: listener.channelNumber });
  note(`listening on ${address}`);
}

/** Prints all that comes; a message keeps its slot until it is printed, so that a slow reader holds the senders back. */
function print(peer: Peer, { output, note }: Context): void {
  void output.message(peer.hello);
  peer.messages$.pipe(pooled((message: Message) => output.message(message) ?? EMPTY)).subscribe({
    error: (error: unknown) => {
      note(String(error));
    },
  });
}

async function sayBye(peers: ReadonlySet<Peer>): Promise<void> {
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort();
  }, BYE_MS);
  await Promise.allSettled([...peers].map(peer => peer.bye(undefined, { signal: patience.signal })));
  clearTimeout(timer);
}
