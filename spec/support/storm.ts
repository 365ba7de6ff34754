import { catchError, concatMap, EMPTY, filter, type Observable, timer, VirtualTimeScheduler } from 'rxjs';
import {
  type ChannelGroup,
  connect,
  type Engine,
  type EngineOptions,
  keepAlive,
  listen,
  type Message,
  OpCode,
  type Peer,
  pooled,
  reassemble,
  tcpClient,
  tcpServer,
  windowByMessageId,
} from '../../lib/index.js';
import { atRest, type VirtualNetwork, virtualNetwork } from '../../lib/testing/index.js';
import { StormWork } from './storm-work.js';

/** How long everybody is let go on at a time. */
const LONGEST_MS = 2_000;

/** A client's connection, from its connect to its end. */
interface Crew {
  readonly engine: Engine;
  readonly group: ChannelGroup;
  peer: Peer | null;
  isOver: boolean;
  unsubscribe(): void;
}

/**
 * One server and some clients, whose connections share the server's pool: they ask each other, stream, signal, cancel, say bye, abort, are cut off and
 * parted from each other, as drawn from a seed.
 */
export class Storm {
  readonly engines: Engine[] = [];
  readonly #net: VirtualNetwork;
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #work: StormWork;
  readonly #crews: Crew[] = [];
  readonly #served: Peer[] = [];
  readonly #open = new Map<number, string>();
  #count = 0;

  constructor(seed: number) {
    this.#work = new StormWork(seed, this.#scheduler);
    const latency = this.#one(4);
    const bandwidth = [Infinity, 2_000, 20_000][this.#one(3)] as number;
    this.#net = virtualNetwork({ scheduler: this.#scheduler, latency, chunk: 'random', seed, bandwidth });
    const server = this.#engine();
    const group = server.createGroup();
    listen(group, tcpServer()).subscribe(listener => {
      listener.peers$.subscribe(peer => {
        this.#served.push(peer);
        this.#serve(peer);
      });
    });
    if (this.#one(2) === 0) this.#windows(group);
    for (let n = 1 + this.#one(3); n > 0; n--) this.#join(this.#engine());
  }

  /** What has not ended. */
  get unsettled(): string[] {
    return [...this.#open.values()];
  }

  async run(): Promise<void> {
    await this.#net.advance(10);
    for (let step = 20 + this.#one(120); step > 0; step--) {
      this.#act();
      if (this.#one(3) === 0) await this.#net.advance(this.#one(8));
    }
  }

  /** Everybody is let go on, and says bye. */
  async calm(): Promise<void> {
    this.#heal();
    await this.#net.advance(4 * LONGEST_MS);
    for (const { peer, engine } of this.#crews)
      if (peer !== null) this.#watch('last bye', engine, peer.bye());
    for (let round = 0; round < 40 && !this.#isCalm(); round++) await this.#net.advance(LONGEST_MS);
  }

  async end(): Promise<void> {
    const destroyed = Promise.all(this.engines.map(engine => engine.destroy()));
    await this.#net.advance(50);
    await destroyed;
    for (const engine of this.engines) atRest(engine);
  }

  #isCalm(): boolean {
    return (
      this.#open.size === 0 &&
      this.engines.every(engine => {
        const { slots, channels } = engine.stats();
        return slots.used + slots.beyond + channels.ready + channels.closing === 0;
      })
    );
  }

  #engine(): Engine {
    const slots = [1, 2, 3, 5, 8, 16, 64, 100][this.#one(8)] as number;
    const options: EngineOptions = {
      initialPoolMsgs: slots,
      maxPoolMsgs: slots,
      ...(this.#one(3) === 0 ? { maxSlotsPerChannel: 1 + this.#one(slots) } : {}),
      maxQueuedBytes: [40_000, 150_000, 1_000_000][this.#one(3)] as number,
      maxParkedBytes: [100, 5_000, 100_000, 1_000_000][this.#one(4)] as number,
      maxWindow: [1, 2, 8, 64, 4_096][this.#one(5)] as number,
      maxRequests: [3, 20, 16_384][this.#one(3)] as number,
      stallTimeout: 300,
      byeTimeout: 1_500,
    };
    const engine = this.#net.createEngine(options);
    this.engines.push(engine);
    return engine;
  }

  /** A group that reads windows of Signals in series, beside its Peers. */
  #windows(group: ChannelGroup): void {
    group
      .pipe(
        filter(message => message.isFromEngine() || message.opCode === OpCode.Signal),
        windowByMessageId(),
        pooled(
          window =>
            window.pipe(
              reassemble(),
              concatMap(() => timer(this.#one(5), this.#scheduler)),
              // Given up, or cut off.
              catchError(() => EMPTY),
            ),
          1,
        ),
      )
      .subscribe({ error: () => undefined });
  }

  #join(engine: Engine): void {
    const group = engine.createGroup();
    const subscription = connect(group, tcpClient()).subscribe({
      next: peer => {
        crew.peer = peer;
        this.#serve(peer);
      },
      error: () => {
        crew.isOver = true;
      },
      complete: () => {
        crew.isOver = true;
      },
    });
    const crew: Crew = {
      engine,
      group,
      peer: null,
      isOver: false,
      unsubscribe: () => {
        subscription.unsubscribe();
      },
    };
    this.#crews.push(crew);
  }

  #serve(peer: Peer): void {
    const concurrency = this.#one(3) === 0 ? 1 + this.#one(4) : Infinity;
    peer.respond(request => this.#work.handle(peer, request), { concurrency });
    peer.signals$.subscribe();
    keepAlive(peer, { every: 200, within: 5_000 }, this.#scheduler).subscribe({ error: () => undefined });
  }

  #act(): void {
    const crew = this.#crews[this.#one(this.#crews.length)] as Crew;
    const [first] = this.engines;
    const peer = this.#one(2) === 0 ? crew.peer : (this.#served[this.#one(this.#served.length)] ?? null);
    if (peer === null) return;
    switch (this.#one(24)) {
      case 0:
        if (this.#one(3) === 0) this.#watch('bye', crew.engine, peer.bye());
        return;
      case 1:
        if (this.#one(3) === 0) peer.abort();
        return;
      case 2:
        if (!peer.isClosed && this.#one(3) === 0) this.#net.disconnect(peer);
        return;
      case 3:
        if (this.#one(3) === 0) crew.unsubscribe();
        return;
      case 4:
        this.#net.partition(first as Engine, crew.engine);
        return;
      case 5:
      case 6:
        this.#heal();
        return;
      case 7:
      case 8:
        this.#join(crew.engine);
        return;
      case 9:
      case 10:
      case 11:
        for (let n = this.#one(30); n > 0; n--) this.#signal(peer);
        return;
      case 12:
        this.#interleave(crew);
        return;
      case 13:
      case 14:
        this.#ask(peer, this.#work.values(1 + this.#one(80)));
        return;
      default:
        for (let n = this.#one(8); n >= 0; n--)
          this.#ask(peer, `${String(this.#one(8))} ${this.#work.body()}`);
    }
  }

  #heal(): void {
    const [first, ...clients] = this.engines;
    for (const client of clients) this.#net.heal(first as Engine, client);
  }

  #signal(peer: Peer): void {
    try {
      peer.signal(this.#work.body());
    } catch {
      // The channel is full, or closed.
    }
  }

  /** Signals of many parts, of which the first ones come first. */
  #interleave({ engine, group, peer }: Crew): void {
    if (peer === null) return;
    const windows = 1 + this.#one(100);
    const body = this.#work.body();
    for (let part = 0; part < 2 * windows && !peer.isClosed; part++) {
      using message = engine.get();
      message.opCode = OpCode.Signal;
      message.channelNumber = peer.channelNumber;
      message.messageId = 1_000 + (part % windows);
      message.more = part < windows;
      message.body.append(body);
      // One that is refused is put back, and its window never ends before its channel.
      if (!tryPost(group, message)) return;
    }
  }

  #ask(peer: Peer, upload: string | Observable<string>): void {
    const id = ++this.#count;
    this.#open.set(id, `request ${typeof upload === 'string' ? upload.slice(0, 5) : 'upload'}`);
    const over = (): void => void this.#open.delete(id);
    const subscription = peer.request(upload, { timeout: 0 }).subscribe({ error: over, complete: over });
    if (this.#one(5) > 0) return;
    this.#later(() => {
      subscription.unsubscribe();
      over();
    });
  }

  #watch(what: string, engine: Engine, promise: Promise<unknown>): void {
    const id = ++this.#count;
    this.#open.set(id, `${what} of engine ${String(this.engines.indexOf(engine))}`);
    const over = (): void => void this.#open.delete(id);
    promise.then(over, over);
  }

  #later(f: () => void): void {
    this.#scheduler.schedule(f, this.#one(40));
  }

  /** A whole number below `n`. */
  #one(n: number): number {
    return this.#work.one(n);
  }
}

/** Posts a message, unless the channel is full, or closing. */
function tryPost(group: ChannelGroup, message: Message): boolean {
  try {
    group.post(message);
    return true;
  } catch {
    return false;
  }
}
