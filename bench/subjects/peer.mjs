// peer.request(), and a handler that returns a payload; one way, peer.signal(), and a subscription to signals$.
import { setTimeout as wait } from 'node:timers/promises';
import { map, NEVER, timer } from 'rxjs';
import { TofuError } from '../rxtofu.mjs';
import { connectPeers, listenForPeers } from './peers.mjs';

const PARKED = 3;
const HELD = 4;
/** More than enough for the first to have every slot. */
const HOLDING_MS = 200;

/** How handlers answer. */
const answers = {
  atOnce: payload => payload,
  promise: payload => Promise.resolve(payload),
  timer: payload => timer(1).pipe(map(() => payload)),
};

export function server({ kind, body, parked = 0, answer: how = 'atOnce', held = 0 }, side) {
  if (kind === 'pour') {
    listenForPeers(side, peer => peer.signals$.subscribe(() => side.count()));
    return;
  }
  const payload = Buffer.alloc(body, 1);
  const answer = () => answers[how](payload);
  const answerOrPark = request => {
    const [what] = request.first.body.bytes();
    if (what === HELD) return NEVER;
    if (what !== PARKED) return answer();
    // Without its slot: it is going to wait for ever.
    request.release();
    return NEVER;
  };
  listenForPeers(side, peer => peer.respond(parked + held > 0 ? answerOrPark : answer));
}

export async function client(workload, port, side) {
  if (workload.held > 0) await hold(workload, port, side);
  connectPeers(workload, port, side, (peer, group) => {
    if (workload.kind === 'pour') pour(peer, group, Buffer.alloc(workload.body, 2));
    else ask(peer, workload, side);
  });
}

/** One more connection, whose requests are never answered, and keep their slots. */
async function hold({ body, held }, port, side) {
  const unheard = { keep: peers => side.keep(peers), opened: () => undefined };
  const payload = Buffer.alloc(body, HELD);
  await connectPeers({ connections: 1 }, port, unheard, peer => {
    for (let n = 0; n < held; n++) peer.request(payload, { timeout: 0 }).subscribe();
  });
  await wait(HOLDING_MS);
}

/** Signals until the channel is full, and again when it is not. */
function pour(peer, group, payload) {
  const send = () => {
    try {
      peer.signal(payload);
      return true;
    } catch (error) {
      if (!(error instanceof TofuError) || error.code !== 'pool_empty') throw error;
      return false;
    }
  };
  const more = () => {
    for (let n = 0; n < 1024; n++)
      if (!send()) return void group.writable(peer.channelNumber).then(more, () => undefined);
    setImmediate(more);
  };
  more();
}

function ask(peer, { body, inFlight, parked = 0 }, side) {
  const payload = Buffer.alloc(body, 2);
  const park = Buffer.alloc(body, PARKED);
  const askOne = () => {
    peer.request(payload).subscribe({
      next: () => {
        side.count();
      },
      complete: askOne,
    });
  };
  for (let n = 0; n < parked; n++) peer.request(park).subscribe();
  for (let n = 0; n < inFlight; n++) askOne();
}
