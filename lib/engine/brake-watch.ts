import type { EngineMessage } from '../message/engine-message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { Counters } from './counters.js';

/**
 * What happens when somebody who brakes senders by holding slots is given a message whose slot is gone, after a `delay`, say: it is
 * counted, warned of once an engine, and an error where the engine is strict.
 */
export function brakeWatch(counters: Counters, strict: boolean): (message: EngineMessage) => void {
  return message => {
    const text =
      `${message.dump()} came to pooled or a window when its dispatch was over: its slot is gone, and a slow consumer does not ` +
      'slow its sender. Put pooled before what delays';
    counters.brakeLost++;
    if (strict) throw new TofuError(Status.notAllowed, text);
    if (counters.brakeLost === 1) process.emitWarning(text, { type: 'Warning', code: 'RXTOFU_BRAKE_LOST' });
  };
}
