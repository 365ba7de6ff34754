// WebSocket messages: no requests of its own. The brake is the callback of a batch's last message.
import { once } from 'node:events';
import WebSocket, { WebSocketServer } from 'ws';
import { batchOf, clientOf, Waiting } from './load.mjs';

export async function server({ kind, body }, side) {
  const payload = Buffer.alloc(body, 1);
  const listener = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  listener.on('connection', socket => {
    socket.on('error', () => undefined);
    socket.on('message', kind === 'pour' ? () => side.count() : () => socket.send(payload));
  });
  await once(listener, 'listening');
  side.listening(listener.address().port);
}

export const client = clientOf(async port => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  const waiting = new Waiting();
  socket.on('message', () => waiting.answer());
  return {
    ask(payload, answered) {
      waiting.add(answered);
      socket.send(payload);
    },
    pour: function more(payload) {
      for (let n = 1; n < batchOf(payload); n++) socket.send(payload);
      socket.send(payload, () => setImmediate(more, payload));
    },
  };
});
