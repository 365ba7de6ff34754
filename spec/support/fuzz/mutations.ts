import fc from 'fast-check';
import { CONVERSATIONS, FRAMES, SERVER_CONVERSATIONS } from './corpus.js';

/** One change to frames that were legal. `where` and `what` are any numbers: each change makes of them what it needs. */
export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  readonly where: number;
  readonly what: number;
}

const KINDS = [
  'flip a bit',
  'set a byte of a header',
  'set a proto byte',
  'set a status',
  'take the id away',
  'lie about the headers',
  'lie about the body',
  'cut the end off',
  'say a frame twice',
  'leave a frame out',
  'put a frame first',
  'put another frame in',
  'take bytes out',
  'put noise in',
] as const;

/** Protos that mean something, most of them something that may not be. */
const PROTOS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 0x10, 0x12, 0x14, 0x20, 0x22, 0x25, 0x41, 0x80, 0x62];
/** Lengths at which something changes. */
const LENGTHS = [0, 1, 15, 16, 17, 255, 256, 65_519, 65_520, 65_534, 65_535];

const numbers = fc.nat(0xffff);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  where: numbers,
  what: numbers,
});

/** What a hostile client says, in pieces. */
export interface Hostile {
  readonly stream: Buffer;
  readonly pieces: Buffer[];
  /** How many frames it was made of. */
  readonly frames: number;
}

/** What hostile clients say. */
export const hostileStreams = hostile(CONVERSATIONS);
/** What hostile servers say. */
export const hostileAnswers = hostile(SERVER_CONVERSATIONS);

/** Legal conversations with other frames put in, and up to four changes; cut into pieces anywhere. */
function hostile(conversations: readonly (readonly Buffer[])[]): fc.Arbitrary<Hostile> {
  return fc
    .record({
      base: fc.nat(conversations.length - 1),
      more: fc.array(fc.tuple(fc.nat(FRAMES.length - 1), numbers), { maxLength: 4 }),
      mutations: fc.array(mutation, { maxLength: 4 }),
      cuts: fc.array(numbers, { maxLength: 6 }),
    })
    .map(({ base, more, mutations, cuts }) => {
      const frames = [...(conversations[base] as Buffer[])];
      // Behind the first: a conversation without its hello is over at once, and teaches little.
      for (const [which, where] of more)
        frames.splice(1 + (where % frames.length), 0, FRAMES[which] as Buffer);
      const stream = mutated(frames, mutations);
      return { stream, pieces: inPieces(stream, cuts), frames: frames.length };
    });
}

/** Bytes with up to so many changes, for what is no stream of frames. */
export function hostileTexts(texts: readonly string[], maxBytes: number): fc.Arbitrary<Buffer> {
  const noise = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes));
  const parts = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...texts).map(text => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.constantFrom(...'\r\n|: \t\0').map(text => Buffer.from(text)) },
    { weight: 1, arbitrary: noise },
  );
  return fc
    .tuple(fc.array(parts, { maxLength: 4 }), fc.array(fc.tuple(numbers, numbers), { maxLength: 3 }))
    .map(([some, changes]) => {
      const bytes = Buffer.concat(some).subarray(0, maxBytes);
      for (const [where, what] of changes) if (bytes.length > 0) bytes[where % bytes.length] = what;
      return bytes;
    });
}

/** Bytes in pieces that begin at these places. */
export function inPieces(bytes: Buffer, places: readonly number[]): Buffer[] {
  const starts = places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...starts].map((start, n) => Buffer.from(bytes.subarray(start, starts[n] ?? bytes.length)));
}

function mutated(legal: Buffer[], mutations: readonly Mutation[]): Buffer {
  const frames = legal.map(frame => Buffer.from(frame));
  const late: Mutation[] = [];
  for (const change of mutations) if (!changeFrames(frames, change)) late.push(change);
  let stream: Buffer = Buffer.concat(frames);
  for (const change of late) stream = changeBytes(stream, change);
  return stream;
}

/** A change to a frame or to their order; false for one to the whole. */
function changeFrames(frames: Buffer[], { kind, where, what }: Mutation): boolean {
  const place = where % Math.max(frames.length, 1);
  const frame = frames[place];
  if (frame === undefined) return true;
  switch (kind) {
    case 'set a byte of a header':
      frame[what % 16] = what >> 8;
      return true;
    case 'set a proto byte':
      frame[2] = PROTOS[what % PROTOS.length] as number;
      return true;
    case 'set a status':
      frame[3] = what;
      return true;
    case 'take the id away':
      frame.fill(0, 4, 12);
      return true;
    case 'lie about the headers':
      frame.writeUInt16BE(lengthNear(frame.readUInt16BE(12), what), 12);
      return true;
    case 'lie about the body':
      frame.writeUInt16BE(lengthNear(frame.readUInt16BE(14), what), 14);
      return true;
    case 'say a frame twice':
      frames.splice(what % (frames.length + 1), 0, Buffer.from(frame));
      return true;
    case 'leave a frame out':
      frames.splice(place, 1);
      return true;
    case 'put a frame first':
      frames.splice(place, 1);
      frames.unshift(frame);
      return true;
    case 'put another frame in':
      frames.splice(place, 0, Buffer.from(FRAMES[what % FRAMES.length] as Buffer));
      return true;
    default:
      return false;
  }
}

function changeBytes(stream: Buffer, { kind, where, what }: Mutation): Buffer {
  if (stream.length === 0) return stream;
  const at = where % stream.length;
  switch (kind) {
    case 'flip a bit':
      stream[at] = (stream[at] as number) ^ (1 << (what % 8));
      return stream;
    case 'cut the end off':
      return stream.subarray(0, at);
    case 'take bytes out':
      return Buffer.concat([stream.subarray(0, at), stream.subarray(at + 1 + (what % 40))]);
    default: {
      const noise = Buffer.from(Array.from({ length: 1 + (what % 40) }, (_, n) => (what * (n + 7)) >> 3));
      return Buffer.concat([stream.subarray(0, at), noise, stream.subarray(at)]);
    }
  }
}

/** A length that is a little wrong, or wrong by far. */
function lengthNear(length: number, what: number): number {
  if (what % 2 === 0) return LENGTHS[what % LENGTHS.length] as number;
  return Math.min(65_535, Math.max(0, length + (what % 41) - 20));
}
