// peer.request(), and a handler that returns a payload.
import { NEVER } from 'rxjs';
import { connectPeer, listenForPeers } from './peers.mjs';

const PARKED = 3;

export function server({ body, parked = 0 }, side) {
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

export function client({ body, inFlight, parked = 0 }, port, side) {
  const payload = Buffer.alloc(body, 2);
  const park = Buffer.alloc(body, PARKED);
  connectPeer(port, peer => {
    const ask = () => {
      peer.request(payload).subscribe({
        next: () => {
          side.count();
        },
        complete: ask,
      });
    };
    for (let n = 0; n < parked; n++) peer.request(park).subscribe();
    for (let n = 0; n < inFlight; n++) ask();
  });
}
