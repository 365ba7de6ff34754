import type { Message } from '../message/message.js';
import type { HeadersInit } from '../message/payload.js';

/**
 * What becomes of a connection that says hello: true accepts, with a HelloResponse; headers and body go on it; false and `refuse` answer with a
 * ByeResponse, whose header `rx-error` tells the client why.
 */
export type Accept = boolean | { headers?: HeadersInit; body?: string | Uint8Array } | { refuse: string };

/** Decides about a hello, now or later. One that throws refuses; so does an answer that can't be sent. */
export type AcceptHandler = (hello: Message) => Accept | PromiseLike<Accept>;

/** What a client hears that is refused without a reason. */
export const REFUSED = 'refused';

/** An answer as one of two things: the HelloResponse's content, or why not. */
export type Verdict =
  | { readonly accepted: true; readonly headers?: HeadersInit; readonly body?: string | Uint8Array }
  | { readonly accepted: false; readonly reason: string };

/** Reads an answer of an AcceptHandler; what is none refuses. */
export function verdictOf(accept: Accept): Verdict {
  if (accept === true) return { accepted: true };
  if (typeof accept !== 'object' || (accept as unknown) === null) return { accepted: false, reason: REFUSED };
  if ('refuse' in accept) return { accepted: false, reason: String(accept.refuse) };
  return { accepted: true, ...accept };
}
