/**
 * How an operation ended (protocol.md section 3). The numbers are part of the wire contract.
 */

/** The status of a message or an error. `success` is 0; everything else names what went wrong. */
export const Status = {
  success: 0,
  notImplementedYet: 1,
  wrongAddress: 2,
  notAllowed: 3,
  nullMessage: 4,
  invalidMessage: 5,
  invalidOpCode: 6,
  invalidHeadersLen: 7,
  invalidBodyLen: 8,
  invalidMoreUsage: 9,
  invalidChannelNumber: 10,
  invalidMessageChannelGroup: 11,
  invalidMessageId: 12,
  invalidAddress: 13,
  udsPathNotFound: 14,
  notificationDisabled: 15,
  notificationFailed: 16,
  peerDisconnected: 17,
  communicationFailed: 18,
  poolEmpty: 19,
  allocationFailed: 20,
  receiverUpdate: 21,
  channelClosed: 22,
  shutdownStarted: 23,
  connectFailed: 24,
  listenFailed: 25,
  acceptFailed: 26,
  sendFailed: 27,
  recvFailed: 28,
  setsockoptFailed: 29,
  processingFailed: 30,
  unknownError: 31,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** `poolEmpty` -> `pool_empty`, at its place in the list. */
const NAMES: readonly string[] = Object.keys(Status).map(key =>
  key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
);

/** A raw status byte as a Status: bytes of 31 and more read as `unknown_error`. */
export function statusFrom(raw: number): Status {
  return (raw >= 0 && raw < Status.unknownError ? raw : Status.unknownError) as Status;
}

/**
 * The name of a status as protocol.md writes it: `statusName(19)` is `'pool_empty'`. Numbers that are no
 * status read as `unknown_error`.
 */
export function statusName(status: number): string {
  return NAMES[status] ?? 'unknown_error';
}
