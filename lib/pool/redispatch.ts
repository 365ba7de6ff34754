import type { EngineMessage } from '../message/engine-message.js';
import type { Hold } from '../message/message.js';
import { Use } from '../message/ownership.js';

/**
 * Delivers a message that was held, as its dispatch had: whoever takes it now may retain it in turn. The hold that was kept for it ends with
 * the delivery.
 */
export function redispatch(
  message: EngineMessage,
  hold: Hold,
  deliver: (message: EngineMessage) => void,
): void {
  // Its first dispatch may still be going on, when a window is subscribed to inside it.
  const before = message.use;
  message.use = Use.dispatching;
  try {
    deliver(message);
  } finally {
    message.use = before;
    hold[Symbol.dispose]();
  }
}
