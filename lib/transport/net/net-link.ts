import type { Socket } from 'node:net';
import { Status } from '../../message/status.js';
import { type Link, type LinkReceiver, Written } from '../transport.js';
import { connectionFault } from './net-errors.js';

/** A connection over a node:net socket, TCP or Unix. */
export class NetLink implements Link {
  readonly #socket: Socket;
  readonly #isTcp: boolean;
  #end: Status;

  /** @param isTcp whether the socket can be reset with RST */
  constructor(socket: Socket, isTcp: boolean) {
    this.#socket = socket;
    this.#isTcp = isTcp;
    this.#end = Status.success;
  }

  /** Tells `receiver` what happens on the socket; `faultOf` names the status of an error. */
  report(receiver: LinkReceiver, faultOf: (error: Error) => Status = connectionFault): void {
    const socket = this.#socket;
    socket.on('data', chunk => {
      receiver.linkOnData(chunk);
    });
    socket.on('drain', () => {
      receiver.linkOnDrain();
    });
    socket.on('end', () => {
      receiver.linkOnEnd();
    });
    socket.on('error', error => {
      this.#end = faultOf(error);
    });
    socket.on('close', () => {
      if (this.#end !== Status.success) this.#handOverRest(receiver);
      receiver.linkOnClose(this.#end);
    });
  }

  get remote(): string | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? undefined : `tcp|${remoteAddress}|${String(remotePort)}`;
  }

  get isWritable(): boolean {
    return this.#socket.writable;
  }

  write(bytes: Buffer): Written {
    this.#socket.write(bytes);
    return this.#written();
  }

  writeAll(pieces: readonly Buffer[]): Written {
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
    return this.#written();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroySoon();
  }

  reset(): void {
    if (this.#isTcp && this.#canReset()) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /**
   * resetAndDestroy on a socket that still connects waits for the connection, and on one whose FIN is on its way it fails and never closes.
   * Neither holds bytes that RST could drop.
   */
  #canReset(): boolean {
    const { connecting, writableEnded, writableFinished, writableLength } = this.#socket;
    const finIsOnItsWay = writableEnded && !writableFinished && writableLength === 0;
    return !connecting && !finIsOnItsWay;
  }

  /** A reset ends a paused socket, too, and node has read ahead of it: what it read came before the reset. */
  #handOverRest(receiver: LinkReceiver): void {
    for (;;) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk === null) return;
      receiver.linkOnData(chunk);
    }
  }

  /**
   * What the socket still holds says more than write's answer: that is false for every piece over the high-water mark, also when
   * the kernel took all of it at once. And a peer that has reset is found out by the write itself.
   */
  #written(): Written {
    if (this.#socket.errored !== null) return Written.refused;
    const held = this.#socket.writableLength;
    if (held === 0) return Written.gone;
    return held < this.#socket.writableHighWaterMark ? Written.kept : Written.full;
  }
}
