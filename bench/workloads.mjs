/** Four clients, alone and beside one that holds every slot. */
const fair = answer =>
  Object.fromEntries(
    [1, 4, 16].flatMap(inFlight => {
      const workload = { kind: 'ask', body: 64, connections: 4, inFlight, answer };
      const name = `fair-${answer}-${inFlight}`;
      return [
        [name, workload],
        [`${name}-held`, { ...workload, held: 256 }],
      ];
    }),
  );

/**
 * What goes over the wire. Four kinds:
 *
 * - `ask`: `inFlight` requests of `body` bytes are under way at any time on each of `connections` (1), each answered with as many bytes; beside them `parked` requests wait for an answer
 *   that never comes, and `idle` connections on which nothing is said. Handlers answer `answer`: atOnce, by a
 *   promise, or by a timer of a millisecond. `held` requests of one more client were there before, are never answered, and keep their slots. The client counts answers.
 * - `pour`: one way, as fast as the channel takes it. The server counts messages.
 * - `slow`: `messages` messages, numbered, as fast as the channel takes them; the server's handler takes a millisecond each, one at a time.
 * - `rest`: `idle` connections, and nothing is said. What both processes take for them is what counts.
 */
export const workloads = {
  W1: { kind: 'ask', body: 64, inFlight: 1 },
  W2: { kind: 'ask', body: 64, inFlight: 256 },
  W3: { kind: 'pour', body: 64 },
  W4: { kind: 'pour', body: 60 * 1024 },
  W5: { kind: 'ask', body: 64, inFlight: 16, connections: 100 },
  W6: { kind: 'slow', body: 1024, messages: 20_000 },
  'in-flight-10': { kind: 'ask', body: 64, inFlight: 10 },
  'in-flight-1000': { kind: 'ask', body: 64, inFlight: 1_000 },
  'in-flight-10000': { kind: 'ask', body: 64, inFlight: 10_000 },
  'in-flight-10-of-10000': { kind: 'ask', body: 64, inFlight: 10, parked: 9_990 },
  'idle-0': { kind: 'ask', body: 64, inFlight: 16 },
  'idle-10000': { kind: 'ask', body: 64, inFlight: 16, idle: 10_000 },
  ...fair('promise'),
  ...fair('timer'),
  rest: { kind: 'rest', body: 0, idle: 10_000, connections: 0 },
};
