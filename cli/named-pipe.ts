import { close, constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';

/**
 * Reads a named pipe. Opening one waits for somebody who writes, and a plain file stream waits in a thread that nothing ends, not even the
 * end of the process: so this one, when it is destroyed, writes to the pipe itself, which is nothing.
 */
export class NamedPipe extends Readable {
  readonly #path: string;
  #isOpening = false;
  #socket: Socket | null = null;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#isOpening = true;
    open(this.#path, 'r', (error, fd) => {
      this.#isOpening = false;
      if (error !== null) {
        done(error);
        return;
      }
      const socket = new Socket({ fd, readable: true, writable: false });
      this.#socket = socket;
      socket.on('data', (bytes: Buffer) => {
        if (!this.push(bytes)) socket.pause();
      });
      socket.on('end', () => this.push(null));
      socket.on('error', (fault: Error) => this.destroy(fault));
      if (this.destroyed) socket.destroy();
      done();
    });
    if (this.destroyed) this.#wake();
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override destroy(error?: Error): this {
    super.destroy(error);
    if (this.#isOpening) this.#wake();
    return this;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket?.destroy();
    done(error);
  }

  /** Whoever waits for somebody who writes waits no longer. */
  #wake(): void {
    open(this.#path, constants.O_WRONLY | constants.O_NONBLOCK, (error, fd) => {
      if (error === null) close(fd);
      // The thread that opens it has not got so far.
      else if (error.code === 'ENXIO' && this.#isOpening) setImmediate(() => this.#wake());
    });
  }
}
