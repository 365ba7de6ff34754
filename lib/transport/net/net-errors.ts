import { Status } from '../../message/status.js';

/** The fields of node's system errors that tell what failed. */
interface SystemError extends Error {
  readonly code?: string | undefined;
  readonly syscall?: string | undefined;
}

/** A reset or a broken pipe is a peer that went away; other errors are faults of the side that failed. */
export function connectionFault(error: SystemError): Status {
  switch (error.code) {
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return Status.peerDisconnected;
    default:
      return error.syscall === 'write' ? Status.sendFailed : Status.recvFailed;
  }
}

/** Why a connection could not be made. */
export function dialFault(error: SystemError, kind: 'tcp' | 'uds'): Status {
  if (error.syscall === 'getaddrinfo') return Status.invalidAddress;
  if (kind === 'uds' && error.code === 'ENOENT') return Status.udsPathNotFound;
  return Status.connectFailed;
}

/** Why a listener could not listen. */
export function listenFault(error: SystemError): Status {
  return error.syscall === 'getaddrinfo' ? Status.invalidAddress : Status.listenFailed;
}
