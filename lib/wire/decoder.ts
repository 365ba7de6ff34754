import {
  BODY_LENGTH_AT,
  HEADER_BYTES,
  HEADERS_LENGTH_AT,
  ID_HIGH_AT,
  ID_LOW_AT,
  PROTO_AT,
  read16,
  read32,
  STATUS_AT,
} from './layout.js';
import { headerFault, isLegalHeader } from './legality.js';

/** What `FrameDecoder.next()` found. */
export const Decoded = {
  /** Nothing whole: feed the next chunk. */
  needMore: 0,
  /** A whole frame is at hand, in the decoder's fields, until `consume()`. */
  frame: 1,
  /** The bytes break protocol.md section 10. The decoder is of no further use; `fault()` says why. */
  illegal: 2,
} as const;
export type Decoded = (typeof Decoded)[keyof typeof Decoded];

const NOTHING = Buffer.alloc(0);

/** What the decoder wants next. */
const Want = { header: 0, payload: 1, consume: 2, nothing: 3 } as const;
type Want = (typeof Want)[keyof typeof Want];

/**
 * Bytes to frames, in chunks cut anywhere.
 *
 * The caller pulls, so that it can stop in the middle of a chunk when no slot is free:
 *
 *     decoder.feed(chunk);
 *     while (decoder.next() === Decoded.frame) {
 *       // read the fields, then
 *       decoder.consume();
 *     }
 *
 * A frame that lies whole in its chunk is not copied: `payload` is the chunk. One that is cut is gathered straight into a
 * buffer of its own size. Either way the bytes stay as they are for as long as somebody refers to them: chunks belong
 * to the decoder from `feed()` on, and nobody writes to them again. Headers are checked before anything of
 * the payload is kept.
 */
export class FrameDecoder {
  /** The frame at hand: its header's fields. `channelNumber` is the sender's. */
  channelNumber = 0;
  proto = 0;
  status = 0;
  idHigh = 0;
  idLow = 0;
  headersLength = 0;
  bodyLength = 0;
  /** The buffer that holds text headers and body, from `payloadStart` on. */
  payload: Buffer = NOTHING;
  payloadStart = 0;

  #want: Want = Want.header;
  #chunk: Buffer = NOTHING;
  #offset = 0;
  /** A header that was cut, as far as it came. */
  readonly #scratch = Buffer.alloc(HEADER_BYTES);
  #scratchLength = 0;
  /** A payload that was cut, as far as it came. */
  #gathered: Buffer = NOTHING;
  #gatheredLength = 0;

  /** Gives the decoder the next bytes. Only when `next()` has said `needMore`. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /** Finds the next frame. Asked again before `consume()`, it answers with the same one. */
  next(): Decoded {
    switch (this.#want) {
      case Want.consume:
        return Decoded.frame;
      case Want.nothing:
        return Decoded.illegal;
      case Want.payload:
        return this.#gather();
      case Want.header:
        return this.#header();
    }
  }

  /** Moves behind the frame at hand. */
  consume(): void {
    this.#want = Want.header;
    this.payload = NOTHING;
  }

  /** Whether a frame has begun that is not whole yet. */
  isMidFrame(): boolean {
    return this.#scratchLength > 0 || this.#want === Want.payload;
  }

  /** Drops what was fed. The decoder is of no further use. */
  close(): void {
    this.#want = Want.nothing;
    this.#chunk = NOTHING;
    this.#offset = 0;
    this.#scratchLength = 0;
    this.#gathered = NOTHING;
    this.payload = NOTHING;
  }

  /** After `illegal`: the rule that was broken, in words. */
  fault(): string {
    return headerFault(this.proto, this.status, this.idHigh, this.idLow) ?? 'the decoder was closed';
  }

  #header(): Decoded {
    const chunk = this.#chunk;
    if (this.#scratchLength === 0 && chunk.length - this.#offset >= HEADER_BYTES) {
      this.#parse(chunk, this.#offset);
      this.#offset += HEADER_BYTES;
    } else {
      const taken = Math.min(HEADER_BYTES - this.#scratchLength, chunk.length - this.#offset);
      chunk.copy(this.#scratch, this.#scratchLength, this.#offset, this.#offset + taken);
      this.#scratchLength += taken;
      this.#offset += taken;
      if (this.#scratchLength < HEADER_BYTES) return this.#needMore();
      this.#scratchLength = 0;
      this.#parse(this.#scratch, 0);
    }
    if (!isLegalHeader(this.proto, this.status, this.idHigh, this.idLow)) {
      this.#want = Want.nothing;
      return Decoded.illegal;
    }
    return this.#payload();
  }

  #parse(bytes: Buffer, at: number): void {
    this.channelNumber = read16(bytes, at);
    this.proto = bytes[at + PROTO_AT] as number;
    this.status = bytes[at + STATUS_AT] as number;
    this.idHigh = read32(bytes, at + ID_HIGH_AT);
    this.idLow = read32(bytes, at + ID_LOW_AT);
    this.headersLength = read16(bytes, at + HEADERS_LENGTH_AT);
    this.bodyLength = read16(bytes, at + BODY_LENGTH_AT);
  }

  #payload(): Decoded {
    const length = this.headersLength + this.bodyLength;
    if (this.#chunk.length - this.#offset >= length) {
      this.payload = this.#chunk;
      this.payloadStart = this.#offset;
      this.#offset += length;
      this.#want = Want.consume;
      return Decoded.frame;
    }
    // allocUnsafe: the frame is shown only once gather() has filled every byte of it.
    this.#gathered = Buffer.allocUnsafe(length);
    this.#gatheredLength = 0;
    this.#want = Want.payload;
    return this.#gather();
  }

  #gather(): Decoded {
    const gathered = this.#gathered;
    const taken = Math.min(gathered.length - this.#gatheredLength, this.#chunk.length - this.#offset);
    this.#chunk.copy(gathered, this.#gatheredLength, this.#offset, this.#offset + taken);
    this.#gatheredLength += taken;
    this.#offset += taken;
    if (this.#gatheredLength < gathered.length) return this.#needMore();
    this.payload = gathered;
    this.payloadStart = 0;
    this.#gathered = NOTHING;
    this.#want = Want.consume;
    return Decoded.frame;
  }

  /** The chunk is used up: letting go of it keeps an idle connection from pinning 64 KiB. */
  #needMore(): Decoded {
    this.#chunk = NOTHING;
    this.#offset = 0;
    return Decoded.needMore;
  }
}
