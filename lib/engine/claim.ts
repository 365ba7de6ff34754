import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import type { OpenChannel, Receiver } from './open-channel.js';

/**
 * Makes `receiver` the claimant of a channel, until the claim is disposed.
 *
 * @throws TofuError `not_allowed` when the channel is claimed already
 */
export function claimOn(channel: OpenChannel, receiver: Receiver): Disposable {
  if (channel.claimant !== null) {
    throw new TofuError(Status.notAllowed, `channel ${String(channel.number)} is claimed already`);
  }
  // A function of its own: disposing this claim never ends a later one by the same receiver.
  const claimant: Receiver = message => {
    receiver(message);
  };
  channel.claimant = claimant;
  return {
    [Symbol.dispose](): void {
      if (channel.claimant === claimant) channel.claimant = null;
    },
  };
}
