/** Slots of an engine of the command line: enough for the 64 requests that `bench` has in flight. */
export const POOL_MESSAGES = 64;
