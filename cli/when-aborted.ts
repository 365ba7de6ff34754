/** Calls `f` once the signal aborts, at once where it has. */
export function whenAborted(signal: AbortSignal, f: () => void): void {
  if (signal.aborted) f();
  else signal.addEventListener('abort', f, { once: true });
}
