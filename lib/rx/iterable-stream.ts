import { Observable } from 'rxjs';
import type { Message } from '../message/message.js';
import { heldIterator } from './held-iterator.js';

/** An Observable of messages that can be pulled, too. */
export class IterableStream extends Observable<Message> implements AsyncIterable<Message> {
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return heldIterator(this);
  }
}
