import { EngineCore } from '../engine/engine-core.js';
import type { EngineOptions } from '../engine/options.js';
import { Engine } from './engine.js';

/**
 * Makes an engine.
 *
 * @throws TofuError `not_allowed` naming the option and its value, for an option that is no positive number
 * @example
 * const engine = createEngine({ initialPoolMsgs: 32, maxPoolMsgs: 128 });
 */
export function createEngine(options?: EngineOptions | null): Engine {
  return new Engine(new EngineCore(options));
}
