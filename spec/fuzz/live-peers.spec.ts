import fc from 'fast-check';
import { map, NEVER, throwError } from 'rxjs';
import {
  connect,
  listen,
  type Listener,
  type Message,
  type Peer,
  type RequestHandler,
  TofuError,
} from '../../lib/index.js';
import { comesTrue, eventually } from '../support/eventually.js';
import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { assault, LEAVES } from '../support/fuzz/hostile-client.js';
import { type Hostile, hostileStreams } from '../support/fuzz/mutations.js';
import { readHeaders, shownByServer } from '../support/fuzz/reference-reader.js';
import { type Network, networks } from '../support/networks.js';
import { sideForSpec } from '../support/peers.js';
import { lineOf } from '../support/fuzz/line-of.js';

const tcp = networks[0] as Network;

/** Answers a frame with a frame, fails, or never answers: by what the peer says. */
const handler: RequestHandler = request => {
  const first = request.first.body.byteLength;
  if (first % 5 === 3) return NEVER;
  if (first % 5 === 2) return throwError(() => new Error('a handler fails'));
  return request.pipe(map(({ body }) => Buffer.from(body.bytes())));
};

/** Peers that answer strangers, and a good one among them. */
async function besieged() {
  const server = sideForSpec({ maxRequests: 8, stallTimeout: Infinity });
  const client = sideForSpec();
  const shown: string[] = [];
  const untyped: unknown[] = [];
  const expectOurs = (error: unknown): void => {
    if (!(error instanceof TofuError)) untyped.push(error);
  };
  const befriend = (peer: Peer): void => {
    peer.messages$.subscribe({ next: message => shown.push(...lineIf(message)), error: expectOurs });
    peer.signals$.subscribe({ error: expectOurs });
    peer.respond(handler);
  };
  let listener: Listener | undefined;
  let good: Peer | undefined;
  listen(server.group, tcp.server()).subscribe(value => {
    listener = value;
    value.peers$.subscribe({ next: befriend, error: expectOurs });
    connect(client.group, value.address).subscribe(peer => (good = peer));
  });
  await comesTrue(() => good !== undefined);
  const { address } = listener as unknown as Listener;
  return { server, address, good: good as unknown as Peer, shown, untyped };
}

/** What a peer says; what the engine says is its own. */
function lineIf(message: Message): string[] {
  const { opCode, more, messageId, textHeaders, body } = message;
  if (message.isFromEngine()) return [];
  return [lineOf(opCode, more, messageId, [...textHeaders], body.bytes())];
}

/** The first line that is not among the others in their order; null where all are. */
function strayLine(lines: readonly string[], others: readonly string[]): string | null {
  let at = 0;
  for (const line of lines) {
    at = others.indexOf(line, at) + 1;
    if (at === 0) return line;
  }
  return null;
}

describe('Peers survive hostile connections, show legal frames alone, and answer a good one', () => {
  it(
    titleOf('peers'),
    async () => {
      const { server, address, good, shown, untyped } = await besieged();
      const { engine } = server;
      await fuzz<{ hostile: Hostile; leaves: 'fin' | 'reset' }>({
        name: 'peers',
        inputs: fc.record({ hostile: hostileStreams, leaves: fc.constantFrom(...LEAVES) }),
        framesIn: ({ hostile }) => hostile.frames,
        check: async ({ hostile: { stream, pieces }, leaves }) => {
          shown.splice(0);
          const { bytesIn } = engine.stats();
          const expected = shownByServer(stream, 'on credit');
          await assault(
            address,
            pieces,
            leaves,
            () => engine.stats().bytesIn >= bytesIn + expected.bytesRead,
          );
          let answer = '';
          good.request('ping').subscribe(message => (answer += message.body.text()));
          await eventually('the good one is answered', () => answer !== '');
          expect(answer).toBe('ping');
          await eventually('nothing is left of the connection', () => {
            const { channels, requests, slots } = engine.stats();
            return channels.ready === 1 && channels.closing + requests + slots.used + slots.beyond === 0;
          });
          const legal = expected.shown.map(frame =>
            lineOf(frame.opCode, frame.more, frame.id, readHeaders(frame.headers), frame.body),
          );
          const stray = strayLine(
            shown.filter(line => !line.endsWith(' ping')),
            legal,
          );
          expect({ legal, stray }).toEqual({ legal, stray: null });
          expect(untyped).toEqual([]);
        },
      });
    },
    limitOf('peers'),
  );
});
