// The frames of protocol.md by hand, for the floor: coalesced writes (flushed early, if so wished), no API.
export const HEADER = 16;
/** Bytes at which rxtofu writes early, and the floor beside it. */
export const EARLY_FLUSH = 10 * 1024;
const CHUNK = 128 * 1024;

/** Encodes frames one behind the other, and writes them in one go. */
export class Writer {
  /** @param earlyFlush the bytes at which it writes before it is told to */
  constructor(socket, earlyFlush) {
    this.socket = socket;
    this.earlyFlush = earlyFlush;
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
    return this.length >= this.earlyFlush ? this.flush() : true;
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
export function read(socket, onFrame, onChunk) {
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
