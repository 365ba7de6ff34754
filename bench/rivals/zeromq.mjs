// DEALER and ROUTER: no requests of its own. One send at a time is what a socket takes; its high-water mark is the brake.
import { Dealer, Router } from 'zeromq';
import { clientOf, Waiting } from './load.mjs';

export async function server({ kind, body }, side) {
  const payload = Buffer.alloc(body, 1);
  const socket = new Router();
  await socket.bind('tcp://127.0.0.1:*');
  side.listening(Number(new URL(socket.lastEndpoint).port));
  for await (const [peer] of socket)
    if (kind === 'pour') side.count();
    else await socket.send([peer, payload]);
}

export const client = clientOf(port => {
  const socket = new Dealer();
  socket.connect(`tcp://127.0.0.1:${port}`);
  const waiting = new Waiting();
  const unsent = [];
  let isSending = false;
  const sendAll = async () => {
    isSending = true;
    while (unsent.length > 0) await socket.send(unsent.shift());
    isSending = false;
  };
  const receive = async () => {
    for (;;) {
      await socket.receive();
      waiting.answer();
    }
  };
  void receive();
  return {
    ask(payload, answered) {
      waiting.add(answered);
      unsent.push(payload);
      if (!isSending) void sendAll();
    },
    async pour(payload) {
      for (;;) await socket.send(payload);
    },
  };
});
