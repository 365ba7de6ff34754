// The floor: what can be had with node:net and nothing else.
import { once } from 'node:events';
import net from 'node:net';
import { openAll } from '../opening.mjs';
import { EARLY_FLUSH, HEADER, read, Writer } from './frames.mjs';

const REQUEST = 0;
const RESPONSE = 1;

const servers = { ask: answer, pour: take, slow: takeSlowly, rest: take };
const clients = { ask, pour, slow: pourNumbered };

/** The floor that writes when it holds so many bytes, or has nothing more to read. */
export const floor = earlyFlush => ({
  server(workload, side) {
    const listener = net.createServer({ noDelay: true }, socket => {
      socket.on('error', () => undefined);
      servers[workload.kind](workload, socket, side, new Writer(socket, earlyFlush));
    });
    listener.listen(0, '127.0.0.1', () => side.listening(listener.address().port));
  },
  async client(workload, port, side) {
    const open = async () => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      return socket;
    };
    for (const socket of await openAll(workload, side, open))
      clients[workload.kind](workload, socket, side, new Writer(socket, earlyFlush));
  },
});

export const { server, client } = floor(EARLY_FLUSH);

function answer({ body }, socket, _side, writer) {
  const payload = Buffer.alloc(body, 1);
  read(
    socket,
    id => writer.add(RESPONSE, id, payload),
    () => writer.flush(),
  );
}

function take(_workload, socket, side) {
  read(
    socket,
    () => side.count(),
    () => undefined,
  );
}

/** Reads a chunk, and pauses the socket until its messages are handled. */
function takeSlowly(_workload, socket, side) {
  const waiting = [];
  const handleNext = () => {
    const body = waiting.shift();
    if (body === undefined) return void socket.resume();
    setTimeout(() => {
      side.handled(body.readUInt32BE(0));
      handleNext();
    }, 1);
  };
  read(
    socket,
    (_id, body) => waiting.push(body),
    () => {
      if (waiting.length === 0) return;
      socket.pause();
      handleNext();
    },
  );
  side.gauge('received', () => side.total + waiting.length);
}

function ask({ body, inFlight }, socket, side, writer) {
  const payload = Buffer.alloc(body, 2);
  let id = 0;
  const send = () => writer.add(REQUEST, ++id, payload);
  for (let n = 0; n < inFlight; n++) send();
  writer.flush();
  read(
    socket,
    () => {
      side.count();
      send();
    },
    () => writer.flush(),
  );
}

function pour({ body }, socket, _side, writer) {
  const payload = Buffer.alloc(body, 2);
  let id = 0;
  const more = () => {
    for (let n = 0; n < 1024; n++) if (!writer.add(REQUEST, ++id, payload)) return;
    writer.flush();
    setImmediate(more);
  };
  socket.on('drain', more);
  more();
}

function pourNumbered({ body, messages }, socket, side, writer) {
  const payload = Buffer.alloc(body, 2);
  let posted = 0;
  const more = () => {
    while (posted < messages) {
      payload.writeUInt32BE(posted, 0);
      if (!writer.add(REQUEST, ++posted, payload)) return;
    }
    writer.flush();
  };
  side.gauge('posted', () => posted);
  side.gauge('sent', () => Math.floor((socket.bytesWritten - socket.writableLength) / (HEADER + body)));
  socket.on('drain', more);
  more();
}
