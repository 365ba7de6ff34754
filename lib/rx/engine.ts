import type { EngineCore } from '../engine/engine-core.js';
import type { GroupCore } from '../engine/group-core.js';
import type { WaitOptions } from '../engine/waiting.js';
import type { EngineStats } from '../engine/stats.js';
import type { Message } from '../message/message.js';
import type { GetStrategy } from '../pool/message-pool.js';
import { ChannelGroup } from './channel-group.js';
import { EnginePool } from './engine-pool.js';
import { reportUnhandled } from './report-unhandled.js';

/**
 * The engine: it makes messages and groups, and does what posted messages say. Everything in one process and on one thread; no broker
 * anywhere.
 */
export class Engine implements AsyncDisposable {
  /** @internal */
  readonly core: EngineCore;
  /** The slots: `stats()` for a look, `available$` to follow them. */
  readonly pool: EnginePool;

  /** @internal */
  constructor(core: EngineCore) {
    this.core = core;
    core.context.face = this;
    core.context.onUnhandled = reportUnhandled;
    this.pool = new EnginePool(core);
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
    return this.core.get(strategy);
  }

  /**
   * Takes a message back: its slot is free, its handle spent. null, undefined, spent and pushed messages are fine, and so are
   * another engine's: nothing happens.
   */
  put(message: Message | null | undefined): void {
    this.core.put(message);
  }

  /**
   * A new group of channels.
   *
   * @throws TofuError `shutdown_started` once the engine is destroyed
   */
  createGroup(): ChannelGroup {
    return new ChannelGroup(this.core.createGroup());
  }

  /**
   * The same as `group.destroy()`.
   *
   * @throws TofuError `not_allowed` for a group of another engine, and for what is no group
   */
  destroyGroup(group: ChannelGroup, options?: WaitOptions): Promise<void> {
    // What is no group is the core's to refuse.
    const given = group as ChannelGroup | null | undefined;
    return this.core.destroyGroup(given?.core as GroupCore, options);
  }

  /**
   * Destroys every group, and ends the engine. From then on `post` throws `shutdown_started` and `waitReceive` rejects with it. Destroying
   * twice is harmless.
   *
   * @returns when every socket is closed; a signal gives up the waiting, not the destroying
   */
  destroy(options?: WaitOptions): Promise<void> {
    return this.core.destroy(options);
  }

  /** Whether the engine was destroyed. */
  get isDestroyed(): boolean {
    return this.core.isDestroyed;
  }

  /** A snapshot of everything that the engine counts. */
  stats(): EngineStats {
    return this.core.stats();
  }

  /** The same as `destroy()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }
}
