/**
 * What an engine tells whoever watches it: an event a name, published on Node's `diagnostics_channel` within the call in which it
 * happened, and a line for people where NODE_DEBUG names rxtofu. Nothing is built while nobody listens.
 *
 * By name, these channels are one for the whole process: copies of rxtofu share them, and `engine` says whose event it is. `E` is the
 * engine as users hold it, which this room does not know.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import { describe } from '../message/describe.js';
import { type Status, statusName } from '../message/status.js';
import type { SlotStats } from '../pool/slot-pool.js';

/** What every event says. */
export interface EngineEvent<E = object> {
  /** The engine that it happened in. */
  readonly engine: E;
  /** The channel's number in that engine; 0 for a connection that has said no hello, and for what is no channel's. */
  readonly channelNumber: number;
}

/** `rxtofu:connect`: the HelloResponse to a HelloRequest of ours has come, and is about to be delivered. Once a channel. */
export interface ConnectEvent<E = object> extends EngineEvent<E> {
  /** Where to, as the HelloRequest said: `tcp|127.0.0.1|7099`. */
  readonly address: string;
  /** The other end as its socket names it, on TCP. */
  readonly remote: string | undefined;
}

/** `rxtofu:accept`: a peer's HelloRequest has come to a listener of ours, and is about to be delivered. Once a channel. */
export interface AcceptEvent<E = object> extends EngineEvent<E> {
  /** The channel of the listener. */
  readonly listenerChannel: number;
  /** Where it listens: `tcp|127.0.0.1|7099`. */
  readonly address: string;
  /** The other end as its socket names it, on TCP. */
  readonly remote: string | undefined;
}

/** `rxtofu:close`: channel_closed was delivered, or waits in the inbox of a group that is not read. Once a channel, listeners included. */
export interface CloseEvent<E = object> extends EngineEvent<E> {
  /**
   * How it ended. `success`: a goodbye was said and answered. `channel_closed`: we closed it (ByeSignal, destroy, `byeTimeout`).
   * `not_allowed`: the peer refused our hello. `peer_disconnected`: it left without a word. `recv_failed` and `send_failed`: a fault. `connect_failed`,
   * `listen_failed`, `invalid_address` and `uds_path_not_found`: it never stood.
   */
  readonly status: Status;
  /** The same as a word: `peer_disconnected`. */
  readonly statusName: string;
}

/** `rxtofu:connection:rejected`: an accepted connection was reset before its hello; `stats().connectionsRefused` counts them. */
export interface ConnectionRejectedEvent<E = object> extends EngineEvent<E> {
  /** The option whose limit it met: `maxChannels` are open, or no hello came within `handshakeTimeout`. */
  readonly reason: 'maxChannels' | 'handshakeTimeout';
  /** The channel of the listener. */
  readonly listenerChannel: number;
  /** Where it listens. */
  readonly address: string;
  /** The other end as its socket names it, on TCP. */
  readonly remote: string | undefined;
}

/** `rxtofu:frame:rejected`: a peer broke the protocol, and its connection ends; `stats().framesRejected` counts them. */
export interface FrameRejectedEvent<E = object> extends EngineEvent<E> {
  /** What was wrong, in words. */
  readonly rule: string;
  /** The other end as its socket names it, on TCP. */
  readonly remote: string | undefined;
}

/**
 * `rxtofu:pool:empty`: the first channel has to wait because no slot is free. `rxtofu:pool:refilled`: none has to any more, because slots came
 * back or those that waited are gone. In turn, however many messages that takes.
 */
export interface PoolEvent<E = object> extends EngineEvent<E> {
  /** The slots as they are now. */
  readonly slots: SlotStats;
}

/** `rxtofu:request:start`: a request of a Peer is under way, ours or the other side's; `stats().requests` counts them. */
export interface RequestStartEvent<E = object> extends EngineEvent<E> {
  /** `out`: we asked; `in`: the peer asks us. */
  readonly direction: 'out' | 'in';
  readonly messageId: bigint;
}

/** `rxtofu:request:end`: it is over. The very object that was the start, where somebody listened then: a key for what was begun with it. */
export interface RequestEndEvent<E = object> extends RequestStartEvent<E> {
  /**
   * `completed`: the last frame of the reply has come, or was handed to the socket. `cancelled`: who asked wants no reply any more. `failed`:
   * anything else.
   */
  readonly outcome: 'completed' | 'cancelled' | 'failed';
  /** What it failed with: ours as its subscriber sees it, the peer's as the handler threw it. */
  readonly error?: unknown;
}

/** One kind of event. */
class EventChannel<T extends EngineEvent> {
  readonly #name: string;
  readonly #channel: Channel;
  readonly #details: (event: T) => string;
  readonly #isLogged: boolean;

  /** @param details what a line for people says behind the event's name */
  constructor(name: string, details: (event: T) => string) {
    this.#name = name;
    this.#channel = channel(`rxtofu:${name}`);
    this.#details = details;
    this.#isLogged = log.enabled;
  }

  /** Whether anybody wants to know: only then is an event made. */
  get isWatched(): boolean {
    return this.#channel.hasSubscribers || this.#isLogged;
  }

  /** What a subscriber throws is Node's to report, as an uncaught exception, behind this turn. */
  tell(event: T): void {
    if (this.#isLogged) log('%s: %s', this.#name, this.#details(event));
    this.#channel.publish(event);
  }
}

const log = /* @__PURE__ */ debuglog('rxtofu');

/** The events by what they tell; their names are the contract. */
export const events = {
  connect: /* @__PURE__ */ new EventChannel<ConnectEvent>(
    'connect',
    ({ channelNumber, address }) => `channel ${String(channelNumber)} to ${address}`,
  ),
  accept: /* @__PURE__ */ new EventChannel<AcceptEvent>(
    'accept',
    event => `channel ${String(event.channelNumber)} ${byListener(event)}`,
  ),
  close: /* @__PURE__ */ new EventChannel<CloseEvent>(
    'close',
    event => `channel ${String(event.channelNumber)}, ${event.statusName}`,
  ),
  connectionRejected: /* @__PURE__ */ new EventChannel<ConnectionRejectedEvent>(
    'connection:rejected',
    event => `${event.reason} ${byListener(event)}`,
  ),
  frameRejected: /* @__PURE__ */ new EventChannel<FrameRejectedEvent>(
    'frame:rejected',
    ({ channelNumber, remote, rule }) => `channel ${String(channelNumber)}${from(remote)}, ${rule}`,
  ),
  poolEmpty: /* @__PURE__ */ new EventChannel<PoolEvent>('pool:empty', slotsInWords),
  poolRefilled: /* @__PURE__ */ new EventChannel<PoolEvent>('pool:refilled', slotsInWords),
  requestStart: /* @__PURE__ */ new EventChannel<RequestStartEvent>('request:start', requestInWords),
  requestEnd: /* @__PURE__ */ new EventChannel<RequestEndEvent>(
    'request:end',
    event => `${requestInWords(event)}, ${event.outcome}${errorInWords(event.error)}`,
  ),
} as const;

/** Tells that a channel has ended, and how. */
export function tellClose(engine: object, channelNumber: number, status: Status): void {
  if (events.close.isWatched)
    events.close.tell({ engine, channelNumber, status, statusName: statusName(status) });
}

function byListener({ listenerChannel, address, remote }: AcceptEvent | ConnectionRejectedEvent): string {
  return `at listener ${String(listenerChannel)} on ${address}${from(remote)}`;
}

function from(remote: string | undefined): string {
  return remote === undefined ? '' : ` from ${remote}`;
}

function slotsInWords({ slots }: PoolEvent): string {
  return `${String(slots.free)} free, ${String(slots.used)} used, ${String(slots.beyond)} beyond, ${String(slots.max)} at most`;
}

function requestInWords({ channelNumber, direction, messageId }: RequestStartEvent): string {
  return `channel ${String(channelNumber)} ${direction} ${String(messageId)}`;
}

/** Quoted: its text may be the peer's. */
function errorInWords(error: unknown): string {
  if (error === undefined) return '';
  return ` with ${error instanceof Error ? JSON.stringify(error.message) : describe(error)}`;
}
