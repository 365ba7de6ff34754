import type { EngineMessage } from '../../lib/message/engine-message.js';
import { MessageWindow, type WindowOwner } from '../../lib/rx/message-window.js';
import { type Arrival, Dispatcher } from './dispatch.js';

/** Writes down what a window tells its owner. */
class Owner implements WindowOwner {
  readonly log: string[] = [];
  windowRead(): void {
    this.log.push('read');
  }
  windowLeft(): void {
    this.log.push('left');
  }
  windowReleased(): void {
    this.log.push('released');
  }
}

/** Windows on their own, as the operator that owns them handles them. */
export class LoneWindows {
  readonly pool = new Dispatcher();
  readonly owner = new Owner();

  /** A window whose first message is being pushed, and is pushed to it, too. */
  open(arrival: Arrival): MessageWindow {
    let window: MessageWindow | undefined;
    this.pool.push(arrival, first => {
      window = new MessageWindow(first as EngineMessage, this.owner);
      window.push(first as EngineMessage);
    });
    return window as MessageWindow;
  }

  /** Pushes one more message to a window. */
  push(window: MessageWindow, arrival: Arrival): void {
    this.pool.push(arrival, message => {
      window.push(message as EngineMessage);
    });
  }
}
