import net from 'node:net';

/** How a raw peer's stream ended: `fin`, `closed`, or the code of the error, such as ECONNRESET. */
type End = string;

/** How long a raw peer waits for what must come. */
const DEADLINE_MS = 10_000;

/** A peer that knows no protocol: it writes bytes by hand, and keeps what it reads. */
export class RawPeer {
  readonly #socket: net.Socket;
  #received = Buffer.alloc(0);
  #localPort = 0;
  #waiting: { bytes: number; resolve: () => void }[] = [];
  /** Settles when the other side ends or breaks the stream. */
  readonly ended: Promise<End>;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    open.push(this);
    // A socket that is gone does not know it any more.
    socket.once('connect', () => (this.#localPort = socket.localPort ?? 0));
    socket.on('data', chunk => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#waiting = this.#waiting.filter(({ bytes, resolve }) => {
        if (this.#received.length < bytes) return true;
        resolve();
        return false;
      });
    });
    this.ended = new Promise(resolve => {
      socket.on('end', () => {
        resolve('fin');
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      socket.on('close', () => {
        resolve('closed');
      });
    });
  }

  /** Connects to a port of 127.0.0.1, or to a socket file. */
  static async connect(place: { port: number } | { path: string }): Promise<RawPeer> {
    const peer = RawPeer.dial(place);
    await new Promise<void>((resolve, reject) => {
      peer.#socket.once('connect', resolve);
      peer.#socket.once('error', reject);
    });
    return peer;
  }

  /** Connects, and does not wait: for a connection that may be reset as soon as it stands. */
  static dial(place: { port: number } | { path: string }): RawPeer {
    return new RawPeer(net.connect({ ...place, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }));
  }

  /** Its own port: what the other side sees. */
  get localPort(): number {
    return this.#localPort;
  }

  /** Writes hex; spaces in it are for the reader. */
  write(...hex: string[]): void {
    this.#socket.write(bytesOf(...hex));
  }

  writeBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The first `bytes` bytes that came, as hex. */
  async read(bytes: number): Promise<string> {
    await withDeadline(
      new Promise<void>(resolve => {
        if (this.#received.length >= bytes) resolve();
        else this.#waiting.push({ bytes, resolve });
      }),
      `${String(bytes)} bytes`,
    );
    return this.#received.toString('hex', 0, bytes);
  }

  /** How the other side ended the stream. */
  end(): Promise<End> {
    return withDeadline(this.ended, 'the end');
  }

  /** Everything that came so far, as hex. */
  get received(): string {
    return this.#received.toString('hex');
  }

  /** Ends the writing side: FIN. */
  fin(): void {
    this.#socket.end();
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Stops reading, so that the other side's writes stall. */
  pause(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** A TCP or Unix socket server that knows no protocol. */
export class RawServer {
  readonly #server: net.Server;
  readonly #accepted: RawPeer[] = [];
  #wants: ((peer: RawPeer) => void) | null = null;

  private constructor(server: net.Server) {
    this.#server = server;
    servers.push(server);
    server.on('connection', socket => {
      const peer = new RawPeer(socket);
      if (this.#wants === null) this.#accepted.push(peer);
      else this.#wants(peer);
      this.#wants = null;
    });
  }

  /** Listens on a free port of 127.0.0.1, or on a socket file. */
  static async listen(path?: string): Promise<RawServer> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path }, resolve);
    });
    return new RawServer(server);
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** The next connection. */
  accept(): Promise<RawPeer> {
    const peer = this.#accepted.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return withDeadline(
      new Promise<RawPeer>(resolve => {
        this.#wants = resolve;
      }),
      'a connection',
    );
  }
}

const open: RawPeer[] = [];
const servers: net.Server[] = [];

afterEach(() => {
  for (const peer of open.splice(0)) peer.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Hex to bytes. */
export function bytesOf(...hex: string[]): Buffer {
  const digits = hex.join('').replaceAll(' ', '');
  const bytes = Buffer.from(digits, 'hex');
  if (bytes.length * 2 !== digits.length) throw new Error(`no hex: ${digits}`);
  return bytes;
}

/** Text as hex, for header blocks and bodies. */
export function hexOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex');
}

async function withDeadline<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not come within ${String(DEADLINE_MS)} ms`));
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
