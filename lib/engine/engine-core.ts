import type { Address } from '../address/address.js';
import { describe } from '../message/describe.js';
import { EngineMessage } from '../message/engine-message.js';
import { type IdSequence, processSequence } from '../message/message-id.js';
import type { Message } from '../message/message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { type GetStrategy, MessagePool } from '../pool/message-pool.js';
import { SlotPool } from '../pool/slot-pool.js';
import { MemoryTransport } from '../transport/memory/memory-transport.js';
import { netTransport } from '../transport/net/net-transport.js';
import type { Transport } from '../transport/transport.js';
import { brakeWatch } from './brake-watch.js';
import { ChannelTable } from './channel-table.js';
import { ChunkPool } from './chunk-pool.js';
import type { EngineContext } from './context.js';
import { Counters } from './counters.js';
import { Deadlines } from './deadlines.js';
import { events } from './diagnostics.js';
import { Flusher } from './flusher.js';
import { GroupCore } from './group-core.js';
import { type EngineOptions, resolveOptions } from './options.js';
import { ReceiveGate } from './receive-gate.js';
import { type EngineStats, statsOf } from './stats.js';
import { pending, unlessAborted, type WaitOptions } from './waiting.js';

/** What a test network replaces: where messages travel, and who numbers them. */
export interface EngineParts {
  readonly transportFor?: (address: Address) => Transport;
  readonly sequence?: IdSequence;
}

/**
 * The engine: it makes messages and groups, and does what posted messages say. Everything in one process and on one thread; no broker
 * anywhere.
 */
export class EngineCore {
  readonly #context: EngineContext;
  readonly #groups = new Set<GroupCore>();
  readonly #onDestroyed: (() => void)[] = [];
  #destroyed: Promise<void> | null = null;

  constructor(options?: EngineOptions | null, parts: EngineParts = {}) {
    const resolved = resolveOptions(options ?? {});
    const { clock } = resolved;
    const slots = new SlotPool(resolved.initialPoolMsgs, resolved.maxPoolMsgs);
    const flusher = new Flusher(clock);
    const gate = new ReceiveGate(slots, clock, flusher, resolved.maxSlotsPerChannel, isEmpty => {
      const event = isEmpty ? events.poolEmpty : events.poolRefilled;
      if (event.isWatched) event.tell({ engine: this.#context.face, channelNumber: 0, slots: slots.stats() });
    });
    const counters = new Counters();
    this.#context = {
      face: this,
      onUnhandled: throwLater,
      options: resolved,
      clock,
      deadlines: new Deadlines(clock),
      sequence: parts.sequence ?? processSequence(),
      pool: new MessagePool(
        slots,
        () => {
          gate.slotFreed();
        },
        brakeWatch(counters, resolved.strict),
      ),
      gate,
      table: new ChannelTable(resolved.maxChannels),
      chunks: new ChunkPool(),
      flusher,
      counters,
      transportFor: parts.transportFor ?? realTransports(new MemoryTransport(clock)),
    };
    this.#context.pool.idleWindows.onAdd = () => {
      gate.holdersChanged();
    };
  }

  /**
   * A message to fill and post: an empty Request, yours.
   *
   * @param strategy `'always'` (the default) makes one beyond the pool when no slot is free; `'poolOnly'` answers null then
   * @throws TofuError `shutdown_started` once the engine is destroyed
   * @example
   * using message = engine.get(); // put at the end of the block, unless it was posted
   */
  get(strategy?: 'always'): Message;
  get(strategy: GetStrategy): Message | null;
  get(strategy: GetStrategy = 'always'): Message | null {
    this.#assertNotDestroyed('get');
    if (strategy !== 'always' && strategy !== 'poolOnly') throw noStrategy(strategy);
    return this.#context.pool.get(strategy);
  }

  /**
   * Takes a message back: its slot is free, its handle spent. null, undefined, spent and pushed messages are fine, and so are
   * another engine's: nothing happens.
   */
  put(message: Message | null | undefined): void {
    if (EngineMessage.is(message)) this.#context.pool.put(message);
  }

  /**
   * A new group of channels.
   *
   * @throws TofuError `shutdown_started` once the engine is destroyed
   */
  createGroup(): GroupCore {
    this.#assertNotDestroyed('createGroup');
    const group = new GroupCore(this.#context, {
      isClosed: () => this.isDestroyed,
      groupEnded: ended => {
        this.#groups.delete(ended);
        this.#endWithLastGroup();
      },
    });
    this.#groups.add(group);
    return group;
  }

  /**
   * The same as `group.destroy()`.
   *
   * @throws TofuError `not_allowed` for a group of another engine, and for what is no group
   */
  async destroyGroup(group: GroupCore, options?: WaitOptions): Promise<void> {
    const given: unknown = group;
    if (!(given instanceof GroupCore)) {
      throw new TofuError(
        Status.notAllowed,
        `destroyGroup was given ${describe(given)}, which is no group of this engine`,
      );
    }
    if (!group.isDestroyed && !this.#groups.has(group)) {
      throw new TofuError(Status.notAllowed, 'destroyGroup was given a group of another engine');
    }
    await group.destroy(options);
  }

  /**
   * Destroys every group, and ends the engine. From then on `post` throws `shutdown_started` and `waitReceive` rejects with it. Destroying
   * twice is harmless.
   *
   * @returns when every socket is closed; a signal gives up the waiting, not the destroying
   */
  destroy(options?: WaitOptions): Promise<void> {
    if (this.#destroyed === null) {
      const [destroyed, done] = pending();
      this.#destroyed = destroyed;
      this.#destroy(done);
    }
    return unlessAborted(this.#destroyed, options?.signal);
  }

  get isDestroyed(): boolean {
    return this.#destroyed !== null;
  }

  /** The slots, counted. */
  get slots(): SlotPool {
    return this.#context.pool.slots;
  }

  /** @internal What its parts share. */
  get context(): EngineContext {
    return this.#context;
  }

  /** @internal Its groups that have not ended. */
  get groups(): ReadonlySet<GroupCore> {
    return this.#groups;
  }

  /** `f` is called when the engine has ended. */
  onDestroyed(f: () => void): void {
    this.#onDestroyed.push(f);
  }

  /** A snapshot of everything that the engine counts. */
  stats(): EngineStats {
    return statsOf(this.#context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  #assertNotDestroyed(call: string): void {
    if (this.isDestroyed) throw new TofuError(Status.shutdownStarted, `${call}: the engine was destroyed`);
  }

  #destroy(done: () => void): void {
    this.onDestroyed(done);
    for (const group of [...this.#groups]) void group.destroy();
    this.#endWithLastGroup();
  }

  #endWithLastGroup(): void {
    if (!this.isDestroyed || this.#groups.size > 0) return;
    this.#context.deadlines.close();
    for (const f of this.#onDestroyed.splice(0)) f();
  }
}

/** mem addresses stay within the process, the others are the machine's. */
function realTransports(memory: Transport): (address: Address) => Transport {
  return address => (address.kind === 'mem' ? memory : netTransport);
}

/** Behind what is under way, as an uncaught exception. */
function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

function noStrategy(strategy: unknown): TofuError {
  return new TofuError(
    Status.notAllowed,
    `get was given strategy ${describe(strategy)}: it is 'always' or 'poolOnly'`,
  );
}
