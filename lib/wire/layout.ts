/**
 * A frame: every message on a socket (protocol.md section 1). All integers are big-endian.
 *
 *     0        2     3      4                12        14        16
 *     +--------+-----+------+----------------+---------+---------+--------------+------+
 *     | channel|proto|status|   message_id   | headers |  body   | text headers | body |
 *     |        |     |      |                | length  | length  |              |      |
 *     +--------+-----+------+----------------+---------+---------+--------------+------+
 *
 * This room turns messages into frames and back. It is pure: bytes in, frames or a named fault out; no socket, no
 * timer, no slot. This file alone knows the offsets.
 */

/** Bytes before the text headers. */
export const HEADER_BYTES = 16;

/** The sender's number for the channel, 2 bytes. */
export const CHANNEL_AT = 0;
/** opCode and flags, 1 byte. */
export const PROTO_AT = 2;
/** 0 on the wire, 1 byte. */
export const STATUS_AT = 3;
/** message_id, 8 bytes: the upper half first. */
export const ID_HIGH_AT = 4;
export const ID_LOW_AT = 8;
/** Bytes of text headers, 2 bytes. */
export const HEADERS_LENGTH_AT = 12;
/** Bytes of body, 2 bytes. */
export const BODY_LENGTH_AT = 14;

/** Reads 2 bytes. By hand: on a hot path the checks of `readUInt16BE` cost more than the read. */
export function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Reads 4 bytes, unsigned. */
export function read32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Writes 2 bytes. */
export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes 4 bytes. */
export function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Bytes of the frame that begins at `at`. */
export function frameLengthAt(bytes: Uint8Array, at: number): number {
  return HEADER_BYTES + read16(bytes, at + HEADERS_LENGTH_AT) + read16(bytes, at + BODY_LENGTH_AT);
}
