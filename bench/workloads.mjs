/** What is measured: bytes of body, messages in flight (0: one way, as fast as the channel takes them). */
export const workloads = {
  W1: { body: 64, inFlight: 1 },
  W2: { body: 64, inFlight: 256 },
  W3: { body: 64, inFlight: 0 },
  W4: { body: 60 * 1024, inFlight: 0 },
};
