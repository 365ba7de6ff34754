// What a client does to a rival: the same for all of them.
import { openAll } from '../opening.mjs';

/**
 * The client of a rival. `open(port, workload)` resolves with a connection:
 *
 *     ask(payload, answered)   sends a request, and calls `answered` with its answer there
 *     pour(payload)            sends one way for as long as the process lives, as fast as the rival lets it
 */
export function clientOf(open) {
  return async (workload, port, side) => {
    const { kind, body, inFlight } = workload;
    const payload = Buffer.alloc(body, 2);
    for (const connection of await openAll(workload, side, () => open(port, workload))) {
      if (kind === 'pour') connection.pour(payload);
      if (kind === 'ask') askOnAndOn(connection, payload, inFlight, side);
    }
  };
}

function askOnAndOn(connection, payload, inFlight, side) {
  const answered = () => {
    side.count();
    connection.ask(payload, answered);
  };
  for (let n = 0; n < inFlight; n++) connection.ask(payload, answered);
}

/** Answers come in the order of their requests where a rival has no requests of its own: who waits longest is called. */
export class Waiting {
  #callbacks = [];
  #first = 0;

  add(callback) {
    this.#callbacks.push(callback);
  }

  answer() {
    const callback = this.#callbacks[this.#first++];
    if (this.#first === 1024) {
      this.#callbacks.splice(0, 1024);
      this.#first = 0;
    }
    callback();
  }
}

/** Messages that are sent without a look at what waits: fewer of the large ones. */
export const batchOf = ({ length }) => (length > 1024 ? 16 : 512);
