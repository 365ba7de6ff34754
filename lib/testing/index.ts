/**
 * Helpers for tests of programs that use rxtofu.
 *
 * The virtual network runs whole conversations under marble diagrams: engines, codec, channels and pool are the real ones, the wires
 * and the clock are not. Read `virtual-network.ts`, then `virtual-wires.ts` (who meets whom), `virtual-link.ts` (an end) and
 * `virtual-pipe.ts` (when bytes arrive).
 *
 * @module rxtofu/testing
 */

// Virtual time
export { type ConnectedPeer, type VirtualNetwork, virtualNetwork } from './virtual-network.js';
export type { VirtualNetworkOptions } from './virtual-options.js';
export { virtualClock } from './virtual-clock.js';
export { seededRandom } from './seeded-random.js';

// Marbles
export {
  type MessageEntry,
  type MessageExpectation,
  messageMarbles,
  type MessageTable,
  messageTable,
} from './message-marbles.js';
export { describeMessage, type MessageDescription } from './describe-message.js';

// The end of a test
export { atRest } from './at-rest.js';

// Addresses
export { findFreeTcpPort, tempUdsPath } from './free-address.js';
