import { ManualClock } from './manual-clock.js';

/** A clock whose time stands still until it is told to go on, while sockets and what is due `soon` run as ever. */
export class StoppedClock extends ManualClock {
  override soon(f: () => void): void {
    setImmediate(f);
  }
}
