import type { VirtualTimeScheduler } from 'rxjs';
import { EngineCore } from '../engine/engine-core.js';
import type { EngineOptions } from '../engine/options.js';
import { EngineMessage } from '../message/engine-message.js';
import type { Message } from '../message/message.js';
import type { IdSequence } from '../message/message-id.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { Engine } from '../rx/engine.js';
import type { Clock } from '../transport/clock.js';
import { virtualClock } from './virtual-clock.js';
import type { Site } from './virtual-link.js';
import { resolveNetworkOptions, type VirtualNetworkOptions } from './virtual-options.js';
import { advanceScheduler } from './virtual-time.js';
import { VirtualWires } from './virtual-wires.js';

/** One end of a connection, as a Peer shows it. */
export interface ConnectedPeer {
  /** The number of its channel on this side. */
  readonly channelNumber: number;
  /** The HelloRequest or HelloResponse that it came with. */
  readonly hello: Message;
}

/** An engine of a network, and where it is. */
interface Resident extends Site {
  readonly engine: Engine;
  readonly core: EngineCore;
}

/** Several engines and the network between them, in one process and in virtual time. See `virtualNetwork`. */
export class VirtualNetwork {
  readonly #scheduler: VirtualTimeScheduler;
  readonly #clock: Clock;
  readonly #wires: VirtualWires;
  readonly #sequence: IdSequence = { last: 0 };
  readonly #residents: Resident[] = [];
  #isOver = false;
  #advanced: Promise<void> = Promise.resolve();

  /** @internal */
  constructor(options: VirtualNetworkOptions) {
    const { scheduler, latency, bandwidth, pieceLength, until } = resolveNetworkOptions(options);
    this.#scheduler = scheduler;
    this.#clock = virtualClock(scheduler);
    this.#wires = new VirtualWires({ clock: this.#clock, latency, bandwidth, pieceLength });
    if (until === Infinity) return;
    this.#clock.after(Math.max(0, until - this.#clock.now()), () => {
      this.#isOver = true;
      for (const { engine } of this.#residents) void engine.destroy();
    });
  }

  /**
   * Makes an engine that lives in this network: everything it waits for is virtual time, and every address, of whatever kind, is
   * a place in this network alone. Messages are numbered from 1 in each network.
   *
   * @param options as for `createEngine`; `clock` is the network's
   * @throws TofuError `not_allowed` as `createEngine` does; `shutdown_started` once `until` has passed
   */
  createEngine(options?: EngineOptions): Engine {
    if (this.#isOver)
      throw new TofuError(Status.shutdownStarted, 'createEngine: the network is over (option until)');
    const core: EngineCore = new EngineCore(
      { ...options, clock: this.#clock },
      {
        sequence: this.#sequence,
        transportFor: () => ({
          dial: (address, receiver) => this.#wires.dial(resident, address, receiver),
          listen: (address, receiver) => this.#wires.listen(resident, address, receiver),
        }),
      },
    );
    const { flusher } = core.context;
    const resident: Resident = {
      core,
      engine: new Engine(core),
      inTurn(f) {
        flusher.enterTurn();
        try {
          f();
        } finally {
          flusher.leaveTurn();
        }
      },
    };
    this.#residents.push(resident);
    return resident.engine;
  }

  /**
   * Parts two engines: nothing that one sends reaches the other any more, what is under way included. New connections wait, for as long
   * as their `connectTimeout`. Neither side is told. Parting twice is harmless.
   *
   * @throws TofuError `not_allowed` for an engine of elsewhere
   */
  partition(a: Engine, b: Engine): void {
    this.#wires.partition(this.#residentWith(a), this.#residentWith(b));
  }

  /**
   * Ends a partition: everything that waited is sent at this moment, and arrives one latency later.
   *
   * @throws TofuError `not_allowed` for an engine of elsewhere
   */
  heal(a: Engine, b: Engine): void {
    this.#wires.heal(this.#residentWith(a), this.#residentWith(b));
  }

  /**
   * Cuts a connection with RST: both ends see it in this frame, behind what has arrived; what is under way is lost. One that is gone
   * already is left as it is.
   *
   * @throws TofuError `not_allowed` for a Peer or an engine of elsewhere
   */
  disconnect(peer: ConnectedPeer): void;
  /** The same for the connection behind a channel of `engine`. */
  disconnect(engine: Engine, channelNumber: number): void;
  disconnect(end: ConnectedPeer | Engine, channelNumber?: number): void {
    const { core } = end instanceof Engine ? this.#residentWith(end) : this.#residentOf(end);
    const number = end instanceof Engine ? channelNumber : end.channelNumber;
    const channel = core.context.table.get(number ?? 0);
    if (channel !== undefined) this.#wires.cut(channel);
  }

  /**
   * Lets `ms` milliseconds of virtual time pass, outside of `run()`: for what `run()` has no room for, Promises. Between two
   * frames every Promise continues as far as it can, so `waitReceive` and `for await` see what came, and what they post leaves in that
   * same frame. Calls are worked off one after the other.
   *
   * @param ms 0 or more; 0 finishes the present frame
   * @throws TofuError `not_allowed` for anything else
   * @example
   * const welcome = group.waitReceive();
   * await net.advance(0);
   * console.log((await welcome)?.dump());
   */
  advance(ms: number): Promise<void> {
    if (typeof ms !== 'number' || !(ms >= 0 && ms < Infinity)) {
      return Promise.reject(
        new TofuError(
          Status.notAllowed,
          `advance was given ${String(ms)} ms, which is no number of 0 and more`,
        ),
      );
    }
    const advanced = this.#advanced.then(() => advanceScheduler(this.#scheduler, ms));
    this.#advanced = advanced.catch(() => undefined);
    return advanced;
  }

  #residentWith(engine: Engine): Resident {
    return this.#resident(({ engine: other }) => other === engine, 'engine');
  }

  #residentOf(peer: ConnectedPeer): Resident {
    const { hello } = peer;
    const keeper = EngineMessage.is(hello) ? hello.keeper : null;
    return this.#resident(({ core }) => core.context.pool === keeper, 'Peer');
  }

  #resident(isIt: (resident: Resident) => boolean, what: string): Resident {
    const found = this.#residents.find(isIt);
    if (found !== undefined) return found;
    throw new TofuError(Status.notAllowed, `this ${what} is not of this virtual network`);
  }
}

/**
 * Makes a network in virtual time, for marble tests of programs that talk to each other: clients, servers, latency, cuts and the loss of
 * a peer, deterministic to the frame. Its engines are real down to codec, channels and pool; only the wires and the clock are not.
 *
 * A frame is a millisecond. Each direction delivers `latency` ms after the write, in an event of its own even at 0. Connecting costs
 * no time of its own: the hello takes one latency there, its answer one back; where nobody listens, `connect_failed` comes
 * after 2 x latency. A bye closes its asker in the frame in which the ByeResponse comes. A writer is told to wait when its reader leaves 64 KiB lying.
 *
 * @example
 * testScheduler.run(({ expectObservable }) => {
 *   const net = virtualNetwork({ scheduler: testScheduler, latency: 2 });
 *   const server = net.createEngine();
 *   const client = net.createEngine();
 *   listen(server.createGroup(), tcpServer())
 *     .pipe(mergeMap(listener => listener.peers$), mergeMap(peer => peer.serve(() => 'pong')))
 *     .subscribe();
 *   const reply$ = connect(client.createGroup(), tcpClient()).pipe(
 *     switchMap(peer => peer.request('ping')),
 *     take(1),
 *     map(m => m.body.text()),
 *   );
 *   expectObservable(reply$).toBe('8ms (a|)', { a: 'pong' });
 * });
 */
export function virtualNetwork(options: VirtualNetworkOptions = {}): VirtualNetwork {
  return new VirtualNetwork(options);
}
