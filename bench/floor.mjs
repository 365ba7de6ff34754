// The floor: the same frames by hand, coalesced writes (flushed at 10 KiB), no API.
import net from 'node:net';
import { workloads } from './workloads.mjs';

const HEADER = 16;
const EARLY_FLUSH = 10 * 1024;
const CHUNK = 128 * 1024;

/** Encodes frames one behind the other, and writes them in one go. */
class Writer {
  constructor(socket) {
    this.socket = socket;
    this.chunk = Buffer.allocUnsafe(CHUNK);
    this.length = 0;
  }
  add(opCode, id, body) {
    if (this.length + HEADER + body.length > CHUNK) this.flush();
    const { chunk, length } = this;
    chunk.writeUInt16BE(1, length);
    chunk[length + 2] = opCode;
    chunk[length + 3] = 0;
    chunk.writeUInt32BE(0, length + 4);
    chunk.writeUInt32BE(id, length + 8);
    chunk.writeUInt16BE(0, length + 12);
    chunk.writeUInt16BE(body.length, length + 14);
    chunk.set(body, length + HEADER);
    this.length += HEADER + body.length;
    return this.length >= EARLY_FLUSH ? this.flush() : true;
  }
  flush() {
    if (this.length === 0) return true;
    const goesOn = this.socket.write(this.chunk.subarray(0, this.length));
    if (this.socket.writableLength > 0) this.chunk = Buffer.allocUnsafe(CHUNK);
    this.length = 0;
    return goesOn || this.socket.writableLength === 0;
  }
}

/** Cuts chunks into frames; `onFrame` with each one's id and body, `onChunk` behind each chunk. */
function read(socket, onFrame, onChunk) {
  let rest = null;
  socket.on('data', chunk => {
    if (rest !== null) chunk = Buffer.concat([rest, chunk]);
    let at = 0;
    while (chunk.length - at >= HEADER) {
      const bodyAt = at + HEADER + chunk.readUInt16BE(at + 12);
      const end = bodyAt + chunk.readUInt16BE(at + 14);
      if (chunk.length < end) break;
      onFrame(chunk.readUInt32BE(at + 8), chunk.subarray(bodyAt, end));
      at = end;
    }
    rest = at < chunk.length ? chunk.subarray(at) : null;
    onChunk();
  });
}

export function serve(name, onPort, count) {
  const { body, inFlight } = workloads[name];
  const payload = Buffer.alloc(body, 1);
  const server = net.createServer({ noDelay: true }, socket => {
    const writer = new Writer(socket);
    read(
      socket,
      id => {
        count();
        if (inFlight > 0) writer.add(1, id, payload);
      },
      () => writer.flush(),
    );
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1', () => onPort(server.address().port));
}

export function drive(name, port, count) {
  const { body, inFlight } = workloads[name];
  const payload = Buffer.alloc(body, 2);
  let id = 0;
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () => {
    const writer = new Writer(socket);
    const send = () => writer.add(0, ++id, payload);
    if (inFlight === 0) {
      const pour = () => {
        for (let n = 0; n < 1024; n++) if (!send()) return;
        writer.flush();
        setImmediate(pour);
      };
      socket.on('drain', pour);
      pour();
      return;
    }
    for (let n = 0; n < inFlight; n++) send();
    writer.flush();
    read(
      socket,
      () => {
        count();
        send();
      },
      () => writer.flush(),
    );
  });
}
