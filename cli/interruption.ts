import { Interrupted } from './exit-status.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Aborts the controller at the first SIGINT or SIGTERM; a second one ends the process as it would any. Disposing lets go of both. */
export function abortAtSignals(controller: AbortController): Disposable {
  const onSignal = (signal: NodeJS.Signals): void => {
    letGo();
    controller.abort(new Interrupted(`interrupted by ${signal}`));
  };
  const letGo = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { [Symbol.dispose]: letGo };
}
