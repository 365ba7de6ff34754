/**
 * Helpers for tests of programs that use rxtofu.
 */
export { findFreeTcpPort, tempUdsPath } from './free-address.js';
