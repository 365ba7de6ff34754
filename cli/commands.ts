import { bench } from './bench.js';
import type { Command } from './command.js';
import { listen } from './listen.js';
import { ping } from './ping.js';
import { send } from './send.js';

/** Every command, in the order of help. */
export const COMMANDS: readonly Command[] = [listen, send, ping, bench];
