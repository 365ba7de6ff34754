import type { IoChannel } from '../engine/io-channel.js';
import type { RequestWindow } from './request-window.js';

/** A frame of a reply that was accepted and has not left. */
interface Leaving {
  /** The bytes that will have left with it. */
  readonly mark: number;
  readonly request: RequestWindow;
  /** It is the last of its reply. */
  readonly isLast: boolean;
}

/** Replies that wait for the socket: while the first frame of one waits, its request's slot is held, so that who does not read is not read either. */
export class LeavingReplies {
  readonly #channel: IoChannel;
  #replies: Leaving[] = [];

  constructor(channel: IoChannel) {
    this.#channel = channel;
  }

  /** A frame was accepted, and the channel does not take it yet. */
  add(request: RequestWindow, isLast: boolean): void {
    request.keepBrake();
    request.isLeaving = true;
    this.#replies.push({ mark: this.#channel.outbox.acceptedBytes, request, isLast });
  }

  /** Lets go of the brakes of those that have left; the requests whose last frame was among them. */
  takeLeft(): RequestWindow[] {
    if (this.#replies.length === 0) return [];
    const { handedBytes } = this.#channel.outbox;
    const behind = this.#replies.findIndex(reply => reply.mark > handedBytes);
    if (behind === 0) return [];
    const left = behind < 0 ? this.#replies : this.#replies.slice(0, behind);
    this.#replies = behind < 0 ? [] : this.#replies.slice(behind);
    for (const { request } of left) {
      request.isLeaving = false;
      request.releaseBrake();
    }
    return left.filter(reply => reply.isLast).map(reply => reply.request);
  }

  /** None will leave any more; whose they are. */
  takeAll(): RequestWindow[] {
    return this.#replies.splice(0).map(reply => reply.request);
  }
}
