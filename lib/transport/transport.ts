/**
 * What the engine needs of a network: connections that carry bytes in order, and listeners that take them.
 * `net/` does it with TCP and Unix sockets, `memory/` within the process. This room knows addresses and bytes; frames,
 * channels and slots are not its business.
 *
 *     dial ---> linkOnOpen ---> linkOnData* ---> linkOnEnd? ---> linkOnClose        (no open, no data: it failed)
 *
 * Nothing is called back before the call that asked for it has returned, and nothing after `linkOnClose`.
 */
import type { Address } from '../address/address.js';
import type { Status } from '../message/status.js';

/** What became of bytes that were written. */
export const Written = {
  /** The bytes left, and all before them: their buffers are the caller's again, and more may follow. */
  gone: 0,
  /** The link keeps the buffer, and more may follow. */
  kept: 1,
  /** The link keeps the buffer, and wants nothing more until `linkOnDrain`. */
  full: 2,
  /** The link has failed and took nothing: the buffer is still the caller's, and `linkOnClose` follows. */
  refused: 3,
} as const;
export type Written = (typeof Written)[keyof typeof Written];

/** One end of a connection. It has one owner, which holds its receiver, and is gone at `linkOnClose`. */
export interface Link {
  /** Whether bytes that are written now still go anywhere. */
  readonly isWritable: boolean;
  /** The other end as the network names it, where it has names for both: `tcp|127.0.0.1|51234`. */
  readonly remote?: string | undefined;
  /** Writes bytes behind those written before. Not before `linkOnOpen`, not after `end`, `close` or `reset`. */
  write(bytes: Buffer): Written;
  /** Writes several pieces in one go. */
  writeAll(pieces: readonly Buffer[]): Written;
  /**
   * Stops reading: the peer's sending stalls. A paused link is blind, it sees no FIN, and where it learns of a reset all the same it hands
   * over what had come before: `linkOnData`, then `linkOnClose`.
   */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Ends the writing side (FIN) behind everything written; reading goes on. */
  end(): void;
  /** Ends the writing side behind everything written, and then the link. */
  close(): void;
  /** Ends the link at once; what was written and has not left is dropped (RST, where the network has it). */
  reset(): void;
}

/** Who hears of a link. */
export interface LinkReceiver {
  /** A dialled link stands. */
  linkOnOpen(): void;
  /** Bytes came. They stay as they are for as long as anybody refers to them. */
  linkOnData(chunk: Buffer): void;
  /** The link takes bytes again, and keeps nothing of what it was given before. */
  linkOnDrain(): void;
  /** The peer ended its writing side. */
  linkOnEnd(): void;
  /**
   * The link is gone. `end` says how: `success` for an end that was asked for; before the link stood `invalid_address`,
   * `uds_path_not_found` or `connect_failed`; after that `peer_disconnected` (a reset), `send_failed` or `recv_failed`.
   */
  linkOnClose(end: Status): void;
}

/** A listener, on its way or listening. */
export interface Listening {
  /** Stops listening, whatever state it is in; links that were accepted live on. A socket file is removed. */
  close(): void;
}

/** Who hears of a listener. */
export interface ListenReceiver {
  /** It listens; `bound` is the address with what was asked to be chosen. */
  listeningOnReady(bound: Address): void;
  /** It can't listen: `invalid_address` or `listen_failed`. */
  listeningOnFail(status: Status): void;
  /** A connection came. Answers who hears of it, or null to have it reset. */
  listeningOnLink(link: Link): LinkReceiver | null;
}

/** A network. */
export interface Transport {
  /** Begins a connection. */
  dial(address: Address, receiver: LinkReceiver): Link;
  /** Begins to listen. */
  listen(address: Address, receiver: ListenReceiver): Listening;
}
