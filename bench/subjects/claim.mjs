// post() and claim(): no RxJS on the way.
import { drive, serve } from './core.mjs';

const receive = (group, channelNumber, receiver) => group.claim(channelNumber, receiver);

export const server = (workload, side) => serve(workload, side, receive);
export const client = (workload, port, side) => drive(workload, port, side, receive);
