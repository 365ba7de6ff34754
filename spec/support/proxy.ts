import { once } from 'node:events';
import net from 'node:net';

/** What becomes of the bytes that go one way. */
export interface Road {
  /** How many pass before `then`. */
  readonly after?: number;
  /**
   * `reset`: RST to both. `truncate`: FIN to the one, and what the other still sends is thrown away. `stall`: nothing passes until the
   * proxy is released.
   */
  readonly then?: 'reset' | 'truncate' | 'stall';
  /** How long each piece is on its way, in ms, */
  readonly delay?: number;
  /** and how many bytes it has at most. */
  readonly piece?: number;
}

/** The two ways of a connection. */
export interface Roads {
  readonly toServer?: Road;
  readonly toClient?: Road;
}

/** Stands between clients and a server, and passes bytes on in order; what else becomes of them is said for each connection. */
export class Proxy {
  readonly #server: net.Server;
  readonly #target: number;
  readonly #roads: Roads[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #released: Promise<void>;
  release!: () => void;

  private constructor(target: number) {
    this.#target = target;
    this.#released = new Promise(resolve => {
      this.release = resolve;
    });
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, client => {
      this.#join(client, this.#roads.shift() ?? {});
    });
    open.push(this);
  }

  /** Before a TCP port of 127.0.0.1. */
  static async before(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.#server.listen({ host: '127.0.0.1', port: 0 });
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** What the next connection that has none yet goes through. */
  expect(roads: Roads): void {
    this.#roads.push(roads);
  }

  /** RST to everybody. */
  cut(): void {
    for (const socket of this.#sockets) reset(socket);
  }

  /** Takes no more connections, and ends those that stand. */
  close(): void {
    this.#server.close();
    this.release();
    this.cut();
  }

  #join(client: net.Socket, roads: Roads): void {
    const server = net.connect({ host: '127.0.0.1', port: this.#target, noDelay: true, allowHalfOpen: true });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    void this.#carry(client, server, roads.toServer ?? {});
    void this.#carry(server, client, roads.toClient ?? {});
  }

  /** Whatever ends one of the two sockets ends the other. */
  async #carry(from: net.Socket, to: net.Socket, road: Road): Promise<void> {
    try {
      if (to.connecting) await once(to, 'connect');
      await this.#carryAll(from, to, road);
      to.end();
    } catch {
      reset(from);
      reset(to);
    }
  }

  async #carryAll(
    from: net.Socket,
    to: net.Socket,
    { after = Infinity, then, delay = 0, piece }: Road,
  ): Promise<void> {
    let left = after;
    const isThrough = async (): Promise<boolean> => {
      if (left > 0) return false;
      left = Infinity;
      if (then === 'stall') await this.#released;
      else if (then === 'reset') throw new Error('cut');
      return then === 'truncate';
    };
    let isTruncated = await isThrough();
    if (isTruncated) to.end();
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length && !isTruncated;) {
        const part = chunk.subarray(at, at + Math.min(piece ?? Infinity, left));
        at += part.length;
        left -= part.length;
        if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay));
        if (!to.write(part)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
        isTruncated = await isThrough();
        if (isTruncated) to.end();
      }
    }
  }
}

/** RST, or an end at once where node can send none: it would wait for the connection, or for ever while its FIN is on its way. */
function reset(socket: net.Socket): void {
  const finIsOnItsWay = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || finIsOnItsWay) socket.destroy();
  else socket.resetAndDestroy();
}

const open: Proxy[] = [];

afterEach(() => {
  for (const proxy of open.splice(0)) proxy.close();
});
