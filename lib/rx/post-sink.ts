import { Subject } from 'rxjs';
import { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import { TofuError } from '../message/tofu-error.js';
import type { GroupCore } from '../engine/group-core.js';

/**
 * `post` as a Subject sink: `source$.subscribe(group.sink)`. Its own subscribers see what was posted. A source that completes or fails
 * does not close it: many sources may feed it, and the group's end is its end.
 */
export class PostSink extends Subject<Message> {
  readonly #core: GroupCore;
  #ended = false;

  constructor(core: GroupCore) {
    super();
    this.#core = core;
  }

  /** Posts a message. One that `post` would refuse comes back on the group's stream, with the status that names the fault. */
  override next(message: Message): void {
    if (this.#ended) {
      // There is no stream left that it could come back on.
      if (EngineMessage.is(message)) message[Symbol.dispose]();
      return;
    }
    try {
      this.#core.post(message);
    } catch (error) {
      if (!(error instanceof TofuError)) throw error;
      this.#core.giveBackRefused(EngineMessage.is(message) ? message : null, error.status);
      return;
    }
    super.next(message);
  }

  /** A source has completed: the sink goes on. */
  override complete(): void {
    // The group's end is the sink's: see end().
  }

  /** A source has failed: the sink goes on. Its error is its own pipeline's to handle. */
  override error(): void {
    // As complete().
  }

  /** The group has ended. */
  end(): void {
    this.#ended = true;
    super.complete();
  }
}
