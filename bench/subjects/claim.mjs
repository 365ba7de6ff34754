// post() and claim(): no RxJS on the way.
import { drive, serve } from './core.mjs';

function receive(group, channelNumber, receiver) {
  group.claim(channelNumber, receiver);
  return false;
}

export const server = (workload, side) => serve(workload, side, receive);
export const client = (workload, port, side) => drive(workload, port, side, receive);
