import net from 'node:net';
import type { Address } from '../../address/address.js';
import { TcpAddress } from '../../address/tcp-address.js';
import { UdsAddress } from '../../address/uds-address.js';
import { Status } from '../../message/status.js';
import type { Listening, ListenReceiver } from '../transport.js';
import { listenFault } from './net-errors.js';
import { NetLink } from './net-link.js';
import { freeSocketPath, removeStaleSocket } from './socket-file.js';

/** A listening TCP or Unix socket. */
export class NetListening implements Listening {
  readonly #asked: TcpAddress | UdsAddress;
  readonly #receiver: ListenReceiver;
  readonly #server: net.Server;
  #closed = false;

  constructor(asked: TcpAddress | UdsAddress, receiver: ListenReceiver) {
    this.#asked =
      asked.kind === 'uds' && asked.path === '' ? new UdsAddress('server', freeSocketPath()) : asked;
    this.#receiver = receiver;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      this.#serverOnConnection(socket);
    });
    this.#listen(error => {
      this.#firstTryOnError(error);
    });
  }

  close(): void {
    this.#closed = true;
    // Closes the socket at once, and removes its file; node's own 'close' would wait for the accepted connections.
    this.#server.close();
  }

  /** One try to bind; `onError` hears of its failure. */
  #listen(onError: (error: Error) => void): void {
    const server = this.#server;
    const onListening = (): void => {
      server.off('error', failed);
      // EMFILE and the like while accepting cost one connection, never the listener.
      server.on('error', () => undefined);
      // Closing before the host was looked up finds nothing to close yet.
      if (this.#closed) server.close();
      else this.#receiver.listeningOnReady(this.#bound());
    };
    const failed = (error: Error): void => {
      // It would hear of the second try, too.
      server.off('listening', onListening);
      onError(error);
    };
    server.once('listening', onListening);
    server.once('error', failed);
    server.listen(this.#bindOptions());
  }

  /** A socket file that nobody listens on is in the way of bind; it is replaced, once (protocol.md section 11). */
  #firstTryOnError(error: NodeJS.ErrnoException): void {
    const asked = this.#asked;
    if (asked.kind !== 'uds' || error.code !== 'EADDRINUSE') {
      this.#fail(listenFault(error));
      return;
    }
    removeStaleSocket(asked.path, removed => {
      if (this.#closed) return;
      if (!removed) this.#fail(Status.listenFailed);
      else
        this.#listen(again => {
          this.#fail(listenFault(again));
        });
    });
  }

  #fail(status: Status): void {
    if (!this.#closed) this.#receiver.listeningOnFail(status);
  }

  #bindOptions(): net.ListenOptions {
    const asked = this.#asked;
    if (asked.kind === 'uds') return { path: asked.path };
    return asked.host === '' ? { port: asked.port } : { host: asked.host, port: asked.port };
  }

  #bound(): Address {
    const asked = this.#asked;
    if (asked.kind === 'uds') return asked;
    return new TcpAddress('server', asked.host, (this.#server.address() as net.AddressInfo).port);
  }

  #serverOnConnection(socket: net.Socket): void {
    const link = new NetLink(socket, this.#asked.kind === 'tcp');
    const receiver = this.#closed ? null : this.#receiver.listeningOnLink(link);
    if (receiver !== null) {
      link.report(receiver);
      return;
    }
    // A socket without an error listener would end the process when its peer resets it first.
    socket.on('error', () => undefined);
    link.reset();
  }
}
