/**
 * A second reader of the wire, written from protocol.md sections 1, 2 and 10 and from nothing of the library: it takes all bytes at once,
 * and no care of speed. What the library makes of hostile bytes is held against it.
 */

/** A frame as it stands on the wire. */
export interface WireFrame {
  readonly channel: number;
  readonly opCode: number;
  readonly more: boolean;
  readonly id: bigint;
  readonly headers: Uint8Array;
  readonly body: Uint8Array;
  /** Where it ends in its stream. */
  readonly end: number;
}

/** What there is in a stream: its legal frames, and what comes behind them. */
export interface Reading {
  readonly frames: WireFrame[];
  readonly end: 'between frames' | 'inside a frame' | 'illegal';
}

const REQUEST = 0;
const RESPONSE = 1;
const SIGNAL = 2;
const HELLO_REQUEST = 3;
const HELLO_RESPONSE = 4;
const BYE_REQUEST = 5;
const BYE_RESPONSE = 6;

const REGULAR = [REQUEST, RESPONSE, SIGNAL];
const ON_THE_WIRE = [...REGULAR, HELLO_REQUEST, HELLO_RESPONSE, BYE_REQUEST, BYE_RESPONSE];
const MAY_HAVE_NO_ID = [REQUEST, SIGNAL];

/** Reads a stream up to its end or its first illegal header. */
export function readFrames(stream: Uint8Array): Reading {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const frames: WireFrame[] = [];
  let at = 0;
  while (at < stream.length) {
    if (at + 16 > stream.length) return { frames, end: 'inside a frame' };
    const proto = view.getUint8(at + 2);
    const opCode = proto % 16;
    const engineOrigin = (proto & 0b0001_0000) !== 0;
    const more = (proto & 0b0010_0000) !== 0;
    const internalB = (proto & 0b1000_0000) !== 0;
    const status = view.getUint8(at + 3);
    const id = view.getBigUint64(at + 4);
    if (
      !ON_THE_WIRE.includes(opCode) ||
      engineOrigin ||
      internalB ||
      status !== 0 ||
      (more && !REGULAR.includes(opCode)) ||
      (id === 0n && !MAY_HAVE_NO_ID.includes(opCode))
    ) {
      return { frames, end: 'illegal' };
    }
    const bodyAt = at + 16 + view.getUint16(at + 12);
    const end = bodyAt + view.getUint16(at + 14);
    if (end > stream.length) return { frames, end: 'inside a frame' };
    frames.push({
      channel: view.getUint16(at),
      opCode,
      more,
      id,
      headers: stream.subarray(at + 16, bodyAt),
      body: stream.subarray(bodyAt, end),
      end,
    });
    at = end;
  }
  return { frames, end: 'between frames' };
}

/** What one side shows of a connection. */
export interface Conversation {
  /** The messages of its peer. On a server a HelloRequest is the first; where there is no legal one it has no channel. */
  readonly shown: WireFrame[];
  /** Whether a frame is rejected. */
  readonly isFault: boolean;
  /** So many bytes are read in any case: behind a ByeResponse no more are. */
  readonly bytesRead: number;
}

/** What a server may show of these bytes, and whether they end in a fault. With `credit`, grants are legal behind a ByeRequest. */
export function shownByServer(stream: Uint8Array, credit: 'without credit' | 'on credit'): Conversation {
  return shownBy(
    stream,
    ({ opCode }, before) => (before === 0) === (opCode === HELLO_REQUEST) && opCode !== HELLO_RESPONSE,
    frame => credit === 'on credit' && isGrant(frame),
  );
}

/** What a client may show whose HelloRequest had this id, on a channel without credit. */
export function shownByClient(stream: Uint8Array, helloId: bigint): Conversation {
  let answers = 0;
  return shownBy(
    stream,
    ({ opCode, id }) => {
      if (opCode === HELLO_RESPONSE) answers++;
      return opCode !== HELLO_REQUEST && (opCode !== HELLO_RESPONSE || (answers === 1 && id === helloId));
    },
    () => false,
  );
}

function shownBy(
  stream: Uint8Array,
  isAllowed: (frame: WireFrame, before: number) => boolean,
  isAllowedBehindBye: (frame: WireFrame) => boolean,
): Conversation {
  const { frames, end } = readFrames(stream);
  const shown: WireFrame[] = [];
  let saidBye = false;
  for (const frame of frames) {
    const fits = !saidBye || frame.opCode === BYE_RESPONSE || isAllowedBehindBye(frame);
    if (!fits || !isAllowed(frame, shown.length)) return { shown, isFault: true, bytesRead: frame.end };
    shown.push(frame);
    // What comes behind it is ignored, legal or not.
    if (frame.opCode === BYE_RESPONSE) return { shown, isFault: false, bytesRead: frame.end };
    if (frame.opCode === BYE_REQUEST) saidBye = true;
  }
  return { shown, isFault: end === 'illegal', bytesRead: stream.length };
}

function isGrant({ opCode, headers }: WireFrame): boolean {
  return opCode === SIGNAL && readHeaders(headers).some(([name]) => name === 'rx-credit');
}

const CR = 13;
const LF = 10;
const COLON = 58;
const BLANKS = [9, 32];

/** The lines of a text header block, byte by byte; bytes that are no UTF-8 read as U+FFFD. */
export function readHeaders(block: Uint8Array): [name: string, value: string][] {
  const headers: [string, string][] = [];
  let at = 0;
  while (at < block.length) {
    let end = at;
    while (end < block.length && !(block[end] === CR && block[end + 1] === LF)) end++;
    const line = block.subarray(at, end);
    at = end + 2;
    if (line.length === 0) continue;
    const colon = line.indexOf(COLON);
    if (colon === 0) break;
    if (colon === -1) {
      headers.push([textOf(line), '']);
      continue;
    }
    let [from, to] = [colon + 1, line.length];
    while (from < to && BLANKS.includes(line[from] as number)) from++;
    while (from < to && BLANKS.includes(line[to - 1] as number)) to--;
    headers.push([textOf(line.subarray(0, colon)), textOf(line.subarray(from, to))]);
  }
  return headers;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
