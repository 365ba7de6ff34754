// post(), and a subscription to the group, where both hellos ask for credit by hand.
import { drive, serve } from './core.mjs';
import { receive } from './subscribe.mjs';

const WINDOW = 64;

export const server = (workload, side) => serve(workload, side, receive, WINDOW);
export const client = (workload, port, side) => drive(workload, port, side, receive, WINDOW);
