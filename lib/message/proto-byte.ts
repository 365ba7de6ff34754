/** The third byte of a frame, which holds the operation and four flags (protocol.md section 1). */

/** Bits 0-3: the opCode. */
export const OP_CODE_BITS = 0x0f;
/** Bit 4: set on what the engine made; never on the wire. */
export const ORIGIN_BIT = 0x10;
/** Bit 5: more messages of the same id follow. */
export const MORE_BIT = 0x20;
/** Bit 6, internal A: out of band, jumps the send queue. */
export const OUT_OF_BAND_BIT = 0x40;
/** Bit 7, internal B: always 0. */
export const INTERNAL_B_BIT = 0x80;
