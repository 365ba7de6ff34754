// Requests as most will write them: operators on both sides.
import { map } from 'rxjs';
import { connectPeers, listenForPeers } from './peers.mjs';

export function server(_workload, side) {
  listenForPeers(side, peer =>
    peer.serve(request => request.pipe(map(message => message.body.bytes()))).subscribe(),
  );
}

export function client(workload, port, side) {
  const { body, inFlight } = workload;
  const payload = Buffer.alloc(body, 2);
  connectPeers(workload, port, side, peer => {
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
