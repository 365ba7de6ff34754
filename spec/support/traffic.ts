import { TofuError } from '../../lib/index.js';
import type { Side } from './pair.js';

/** Whether an error is post()'s pool_empty: the channel's send queue is full. */
export function isQueueFull(error: unknown): boolean {
  return error instanceof TofuError && error.code === 'pool_empty';
}

/** Posts one Request; false, and nothing is posted, when the channel's send queue is full. */
export function tryPost(side: Side, id: number, body: Uint8Array | string): boolean {
  using message = side.engine.get();
  message.channelNumber = side.channel;
  message.messageId = id;
  message.body.append(body);
  try {
    side.group.post(message);
  } catch (error) {
    if (isQueueFull(error)) return false;
    throw error;
  }
  return true;
}

/** A sender that posts Requests with ids 1, 2, 3..., no faster than its channel takes them. */
export class PacedSender {
  /** How many were accepted. */
  accepted = 0;
  readonly #side: Side;
  readonly #body: Uint8Array;

  constructor(side: Side, bodyBytes: number) {
    this.#side = side;
    this.#body = Buffer.alloc(bodyBytes, 'b');
  }

  /** Posts up to `total`; settles when all are accepted. */
  async run(total: number): Promise<void> {
    while (this.accepted < total) {
      if (tryPost(this.#side, this.accepted + 1, this.#body)) this.accepted++;
      else await this.#side.group.writable(this.#side.channel);
    }
  }

  /** Posts until the channel takes nothing any more, however long anybody waits: `quiet` says how long that is. */
  async runUntilStalled(total: number, quiet: () => Promise<void>): Promise<void> {
    while (this.accepted < total) {
      if (tryPost(this.#side, this.accepted + 1, this.#body)) {
        this.accepted++;
        continue;
      }
      const goesOn = this.#side.group.writable(this.#side.channel).then(() => true);
      if (!(await Promise.race([goesOn, quiet().then(() => false)]))) return;
    }
  }
}
