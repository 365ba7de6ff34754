import { describe } from '../message/describe.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { type Clock, systemClock } from '../transport/clock.js';

/**
 * What an engine may be told. For every number: 0 or absent means the default, and Infinity turns a time-out off.
 * Unknown options are ignored.
 */
export interface EngineOptions {
  /** Slots that are free at the start, in messages. @default 16 */
  initialPoolMsgs?: number;
  /** The most slots there may be, in messages; counts as `initialPoolMsgs` where it is smaller. With none free, sockets are not read. @default 64 */
  maxPoolMsgs?: number;
  /** The most slots that messages of one channel may hold; at the limit that channel is not read. @default maxPoolMsgs */
  maxSlotsPerChannel?: number;
  /** The most bytes of frames that a channel may have accepted and not yet handed to its socket; beyond it `post` throws `pool_empty`. @default 1 MiB */
  maxQueuedBytes?: number;
  /** The most bytes of frames that a channel parks while it waits for slots, and requests of ours for the peer's answers; beyond it Requests are answered `rx-error: busy`. @default 1 MiB */
  maxParkedBytes?: number;
  /** The most messages that a peer with credit may send ahead of us. @default 4096 */
  maxWindow?: number;
  /** The most channels and accepted sockets without a hello. Beyond it sockets are reset, and Hello and Welcome are refused with `not_allowed`. @default 16384 */
  maxChannels?: number;
  /** How long an accepted connection may take to send its HelloRequest, in ms; then it is reset. @default 10000 */
  handshakeTimeout?: number;
  /** How long a connection may take to be made, in ms; then the HelloResponse says `connect_failed`. @default 10000 */
  connectTimeout?: number;
  /** How long a frame may take from its first byte to its last, in ms; then the channel fails with `recv_failed`. @default 30000 */
  frameTimeout?: number;
  /** How long a goodbye may go without progress, in ms; then the channel is closed. @default 5000 */
  byeTimeout?: number;
  /** How long a channel may be paused for want of slots before a warning RXTOFU_STALLED says so, in ms. @default 5000 */
  stallTimeout?: number;
  /** The most requests of a Peer under way, each way: a further one errors with `pool_empty`, a remote one is answered `rx-error: busy`. @default 16384 */
  maxRequests?: number;
  /** Whether a `pooled` or a window that gets a message whose slot is gone errors with `not_allowed`, instead of a warning. @default false */
  strict?: boolean;
  /** The clock that all waiting goes through. @default the system's */
  clock?: Clock;
}

/** The options with every default filled in. */
export type ResolvedOptions = Readonly<Required<EngineOptions>>;

const DEFAULTS = {
  initialPoolMsgs: 16,
  maxPoolMsgs: 64,
  maxQueuedBytes: 1024 * 1024,
  maxParkedBytes: 1024 * 1024,
  maxWindow: 4_096,
  maxChannels: 16_384,
  handshakeTimeout: 10_000,
  connectTimeout: 10_000,
  frameTimeout: 30_000,
  byeTimeout: 5_000,
  stallTimeout: 5_000,
  maxRequests: 16_384,
} as const;

/**
 * Fills in the defaults.
 *
 * @throws TofuError `not_allowed` naming the option and its value, where that is no positive number, or no clock
 */
export function resolveOptions(options: EngineOptions): ResolvedOptions {
  const number = (name: keyof EngineOptions, fallback: number): number => {
    const value = options[name] as unknown;
    if (value === undefined || value === null || value === 0) return fallback;
    if (typeof value === 'number' && value > 0) return value;
    throw new TofuError(
      Status.notAllowed,
      `option ${name} is ${describe(value)}, which is no positive number`,
    );
  };
  const initialPoolMsgs = wholeMessages(number('initialPoolMsgs', DEFAULTS.initialPoolMsgs));
  const maxPoolMsgs = Math.max(initialPoolMsgs, wholeMessages(number('maxPoolMsgs', DEFAULTS.maxPoolMsgs)));
  return {
    initialPoolMsgs,
    maxPoolMsgs,
    maxSlotsPerChannel: number('maxSlotsPerChannel', maxPoolMsgs),
    maxQueuedBytes: number('maxQueuedBytes', DEFAULTS.maxQueuedBytes),
    maxParkedBytes: number('maxParkedBytes', DEFAULTS.maxParkedBytes),
    maxWindow: wholeMessages(number('maxWindow', DEFAULTS.maxWindow)),
    maxChannels: number('maxChannels', DEFAULTS.maxChannels),
    handshakeTimeout: number('handshakeTimeout', DEFAULTS.handshakeTimeout),
    connectTimeout: number('connectTimeout', DEFAULTS.connectTimeout),
    frameTimeout: number('frameTimeout', DEFAULTS.frameTimeout),
    byeTimeout: number('byeTimeout', DEFAULTS.byeTimeout),
    stallTimeout: number('stallTimeout', DEFAULTS.stallTimeout),
    maxRequests: number('maxRequests', DEFAULTS.maxRequests),
    strict: options.strict ?? false,
    clock: clockOf(options.clock),
  };
}

/** There is no part of a slot: 0.5 is one. */
function wholeMessages(value: number): number {
  return Math.ceil(value);
}

/** 0 or absent means the default here, too. */
function clockOf(value: unknown): Clock {
  if (value === undefined || value === null || value === 0) return systemClock;
  const { now, after, soon } = value as Record<keyof Clock, unknown>;
  if ([now, after, soon].every(part => typeof part === 'function')) return value as Clock;
  throw new TofuError(
    Status.notAllowed,
    `option clock is ${describe(value)}, which has not all of now(), after() and soon()`,
  );
}
