const DEADLINE_MS = 20_000;

/** Lets turns of the event loop pass until `isSo` holds; fails, naming it, when it never does. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`never came true: ${what}`);
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** As `eventually`, for a condition that says by itself what it is. */
export function comesTrue(isSo: () => boolean): Promise<void> {
  return eventually(isSo.toString(), isSo);
}
