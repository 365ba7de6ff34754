import { Observable } from 'rxjs';
import type { Address } from '../address/address.js';
import { parseAddress } from '../address/address.js';
import { EngineMessage } from '../message/engine-message.js';
import { OpCode } from '../message/op-code.js';
import { Status, statusName } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { assertAddress, assertFunction, assertGroup, optionsOf } from '../rx/arguments.js';
import type { ChannelGroup } from '../rx/channel-group.js';
import type { AcceptHandler } from './accept.js';
import { Greeting } from './greeting.js';
import { Listener } from './listener.js';

/** How a listener answers hellos. */
export interface ListenOptions {
  /** Decides about each hello. One that throws, or takes longer than `handshakeTimeout`, refuses. @default accepts everybody */
  accept?: AcceptHandler;
}

/**
 * Listens on an address, and emits one Listener when it does.
 *
 * Cold: subscribing posts the WelcomeRequest. Completes behind `listener.close()`, or when the group is destroyed; unsubscribing stops listening, and
 * the peers that were accepted live on. Errors with TofuError `invalid_address` or `listen_failed` when the address can't be listened on, and as
 * `group.post` does.
 *
 * @example
 * listen(group, tcpServer('127.0.0.1', 7099)).pipe(
 *   mergeMap(listener => listener.peers$),
 *   mergeMap(peer => peer.serve(request => request.pipe(map(m => m.body.text().toUpperCase())))),
 * ).subscribe();
 */
export function listen(
  group: ChannelGroup,
  address: Address,
  options: ListenOptions = {},
): Observable<Listener> {
  const { accept = () => true } = optionsOf(options);
  return new Observable(subscriber => {
    assertGroup(group);
    assertAddress(address);
    assertFunction('option accept', accept);
    const { core } = group;
    let listener: Listener | null = null;
    let failure: TofuError | null = null;
    let isOver = false;

    const welcome = EngineMessage.fresh(core.context.pool);
    let channelNumber: number;
    try {
      address.format(welcome);
      channelNumber = core.post(welcome).channelNumber;
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }

    core.claim(channelNumber, given => {
      const message = given as EngineMessage;
      if (message.opCode === OpCode.HelloRequest && message.isFromApplication()) {
        // Whoever watches may have destroyed the group when it was told of the connection: it ends without a Peer.
        if (listener !== null && !core.isDestroyed) new Greeting(group, message, listener).ask(accept);
      } else if (message.opCode === OpCode.WelcomeResponse) {
        if (message.status === Status.success) {
          listener = new Listener(core, channelNumber, parseAddress(message) ?? address);
          subscriber.next(listener);
        } else {
          failure = new TofuError(
            message.status,
            `listening on ${address.toString()} failed: ${statusName(message.status)}`,
          );
        }
      } else if (message.endsChannel) {
        isOver = true;
        listener?.ended();
        if (failure === null) subscriber.complete();
        else subscriber.error(failure);
      }
    });
    return () => {
      if (!isOver) (listener ?? new Listener(core, channelNumber, address)).stop();
    };
  });
}
