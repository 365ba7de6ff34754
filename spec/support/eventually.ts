const DEADLINE_MS = 4_000;

/** Lets turns of the event loop pass until `isSo` holds; fails, naming it, when it never does. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`never came true: ${what}`);
    await new Promise(resolve => setImmediate(resolve));
  }
}
