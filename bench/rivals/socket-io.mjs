// Events over a WebSocket, answered by acknowledgements. The brake is an acknowledgement of each batch.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { batchOf, clientOf } from './load.mjs';

export async function server({ body }, side) {
  const payload = Buffer.alloc(body, 1);
  const http = createServer();
  const listener = new Server(http, { transports: ['websocket'], serveClient: false });
  listener.on('connection', socket => {
    socket.on('ask', (_payload, answer) => answer(payload));
    socket.on('pour', (_payload, acknowledge) => {
      side.count();
      acknowledge?.();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  side.listening(http.address().port);
}

export const client = clientOf(async port => {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
  await new Promise(resolve => socket.on('connect', resolve));
  return {
    ask(payload, answered) {
      socket.emit('ask', payload, answered);
    },
    pour: function more(payload) {
      for (let n = 1; n < batchOf(payload); n++) socket.emit('pour', payload);
      socket.emit('pour', payload, () => more(payload));
    },
  };
});
