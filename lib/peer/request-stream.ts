import type { Observable, Subscriber, TeardownLogic } from 'rxjs';
import type { Message } from '../message/message.js';
import { IterableStream } from '../rx/iterable-stream.js';
import type { RequestOptions, Upload } from './pending-request.js';
import type { Requester } from './requester.js';

/** A request that is made when it is subscribed to, or pulled from. */
export class RequestStream extends IterableStream {
  readonly #requester: Requester;
  readonly #upload: Upload;
  readonly #options: RequestOptions;

  constructor(requester: Requester, upload: Upload, options: RequestOptions) {
    super(startRequest);
    this.#requester = requester;
    this.#upload = upload;
    this.#options = options;
  }

  start(subscriber: Subscriber<Message>): void {
    this.#requester.start(subscriber, this.#upload, this.#options);
  }
}

/** One function for all requests. */
function startRequest(this: Observable<Message>, subscriber: Subscriber<Message>): TeardownLogic {
  (this as RequestStream).start(subscriber);
  return undefined;
}
