// Requests as most will write them: operators on both sides.
import { map } from 'rxjs';
import { connectPeer, listenForPeers } from './peers.mjs';

export function server(_workload, side) {
  listenForPeers(side, peer =>
    peer.serve(request => request.pipe(map(message => message.body.bytes()))).subscribe(),
  );
}

export function client({ body, inFlight }, port, side) {
  const payload = Buffer.alloc(body, 2);
  connectPeer(port, peer => {
    const ask = () => {
      peer
        .request(payload)
        .pipe(map(reply => reply.body.byteLength))
        .subscribe({
          next: () => {
            side.count();
          },
          complete: ask,
        });
    };
    for (let n = 0; n < inFlight; n++) ask();
  });
}
