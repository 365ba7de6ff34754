// post(), and a subscription to the group.
import { drive, serve } from './core.mjs';

export function receive(group, _channelNumber, receiver) {
  group.subscribe(receiver);
  return true;
}

export const server = (workload, side) => serve(workload, side, receive);
export const client = (workload, port, side) => drive(workload, port, side, receive);
