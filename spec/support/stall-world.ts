import { type EngineOptions, OpCode } from '../../lib/index.js';
import { post } from './conversation.js';
import { inNetwork, type Party, type World } from './virtual-party.js';
import { warningsOf } from './warnings.js';

const STALL_MS = 50;

/** What a spec of stalled channels has at hand. */
export interface StallWorld extends World {
  /** Opens a connection of the client; the answer posts Requests on it: `1a+` is id 1, body a, more follows. */
  readonly connect: () => (frame: number, ...requests: string[]) => void;
  /** Writes down what has happened, with its frame. */
  readonly note: (what: string) => void;
  /** The texts of the stall warnings. */
  readonly warnings: readonly string[];
}

/** A server with two slots that accepts connections and leaves the rest to whoever reads next; what was noted down. */
export function inStallWorld(options: EngineOptions, run: (world: StallWorld) => void): string[] {
  const log: string[] = [];
  const engines = { initialPoolMsgs: 2, maxPoolMsgs: 2, stallTimeout: STALL_MS, ...options };
  inNetwork({ latency: 1, engines, until: 1_000 }, world => {
    const { server, client, scheduler, at } = world;
    const note = (what: string): void => {
      log.push(`${String(scheduler.frame)} ${what}`);
    };
    const connect: StallWorld['connect'] = () => {
      const channel = client.dial();
      return (frame, ...requests) => {
        at(frame, () => {
          for (const request of requests) send(client, channel, request);
        });
      };
    };
    const warnings = warningsOf('RXTOFU_STALLED', text => {
      note(`${/^channel \d+/.exec(text)?.[0] ?? text} is stalled`);
    });
    server.listen();
    const accepting = server.group.subscribe(message => {
      if (message.opCode === OpCode.HelloRequest) server.group.post(message.reply());
    });
    at(5, () => {
      accepting.unsubscribe();
    });
    run({ ...world, connect, note, warnings });
  });
  return log;
}

function send(client: Party, channel: number, request: string): void {
  const [, id, payload, more] = /^(\d+)(\w+)(\+?)$/.exec(request) as RegExpExecArray;
  post(client.engine, client.group, channel, OpCode.Request, {
    id: Number(id),
    payload: payload as string,
    more: more === '+',
  });
}
