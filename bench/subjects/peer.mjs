// peer.request(), and a handler that returns a payload; one way, peer.signal(), and a subscription to signals$.
import { NEVER } from 'rxjs';
import { TofuError } from '../rxtofu.mjs';
import { connectPeers, listenForPeers } from './peers.mjs';

const PARKED = 3;

export function server({ kind, body, parked = 0 }, side) {
  if (kind === 'pour') {
    listenForPeers(side, peer => peer.signals$.subscribe(() => side.count()));
    return;
  }
  const payload = Buffer.alloc(body, 1);
  const answer = () => payload;
  const answerOrPark = request => {
    if (request.first.body.bytes()[0] !== PARKED) return payload;
    // Without its slot: it is going to wait for ever.
    request.release();
    return NEVER;
  };
  listenForPeers(side, peer => peer.respond(parked > 0 ? answerOrPark : answer));
}

export function client(workload, port, side) {
  connectPeers(workload, port, side, (peer, group) => {
    if (workload.kind === 'pour') pour(peer, group, Buffer.alloc(workload.body, 2));
    else ask(peer, workload, side);
  });
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
