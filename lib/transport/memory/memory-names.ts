import type { MemoryEnd } from './memory-link.js';

const NAMES = Symbol.for('rxtofu.memory');

/** A listener that can be found by name. */
export interface NamedListener {
  /** Takes a connection: joins the dialler's end with one of its own. False when it is refused. */
  accept(dialler: MemoryEnd): boolean;
}

/**
 * Who listens under which in-process name. Process-wide: every copy of rxtofu that is loaded shares it through
 * `globalThis`.
 */
export function memoryNames(): Map<string, NamedListener> {
  const shared = globalThis as { [NAMES]?: Map<string, NamedListener> };
  return (shared[NAMES] ??= new Map<string, NamedListener>());
}
