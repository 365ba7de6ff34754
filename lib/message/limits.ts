/** The limits that the 16-bit fields of a frame set (protocol.md section 1). */

/** Most bytes of text headers in one message. */
export const MAX_HEADERS_BYTES = 65_535;
/** Most bytes of body in one message. */
export const MAX_BODY_BYTES = 65_535;
/** Highest number of an open channel; 0 means unassigned, 65535 is reserved. */
export const MAX_CHANNEL_NUMBER = 65_534;
