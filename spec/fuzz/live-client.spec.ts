import net from 'node:net';
import { type Message, OpCode, type Status, statusName, tcpClient, TofuError } from '../../lib/index.js';
import { comesTrue, eventually } from '../support/eventually.js';
import { engineForSpec } from '../support/engines.js';
import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { HELLO_OF_ALL } from '../support/fuzz/corpus.js';
import { type Hostile, hostileAnswers } from '../support/fuzz/mutations.js';
import { readHeaders, shownByClient, type WireFrame } from '../support/fuzz/reference-reader.js';
import { memberOf } from '../support/pair.js';
import { lineOf } from '../support/fuzz/line-of.js';

/** A server that says to whoever comes what `says` holds, piece by piece, and ends with FIN. */
class HostileServer {
  says: readonly Buffer[] = [];
  readonly #server = net.createServer({ allowHalfOpen: true }, socket => {
    void this.#assault(socket);
  });

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  async #assault(socket: net.Socket): Promise<void> {
    // A client that has heard enough resets; whatever is written behind that fails.
    socket.on('error', () => undefined);
    socket.resume();
    for (const piece of this.says) {
      socket.write(piece);
      await new Promise(resolve => setImmediate(resolve));
    }
    socket.end();
  }
}

function shownLine({ opCode, more, id, headers, body }: WireFrame): string {
  return lineOf(opCode, more, id, readHeaders(headers), body);
}

describe('a client shows of hostile servers what the protocol allows, and ends each channel once', () => {
  const server = new HostileServer();
  afterEach(() => {
    server.close();
  });

  it(
    titleOf('client'),
    async () => {
      const port = await server.listen();
      const { engine, group } = memberOf(engineForSpec());
      const shown: string[] = [];
      const told: Status[] = [];
      const untyped: unknown[] = [];
      const answer = (message: Message): void => {
        try {
          if (message.opCode === OpCode.Request) group.post(message.reply());
        } catch (error) {
          if (!(error instanceof TofuError)) untyped.push(error);
        }
      };
      group.subscribe(message => {
        const { opCode, more, messageId, textHeaders, body } = message;
        if (message.isFromApplication()) {
          shown.push(lineOf(opCode, more, messageId, [...textHeaders], body.bytes()));
          answer(message);
        } else if (opCode === OpCode.Signal) told.push(message.status);
      });
      await fuzz<Hostile>({
        name: 'client',
        inputs: hostileAnswers,
        framesIn: ({ frames }) => frames,
        check: async ({ stream, pieces }) => {
          server.says = pieces;
          shown.splice(0);
          told.splice(0);
          const { framesRejected } = engine.stats();
          const hello = engine.get();
          tcpClient('127.0.0.1', port).format(hello);
          hello.messageId = HELLO_OF_ALL;
          group.post(hello);
          await eventually('the channel ends', () => told.map(statusName).includes('channel_closed'));
          const expected = shownByClient(stream, HELLO_OF_ALL);
          expect(shown).toEqual(expected.shown.map(shownLine));
          const ending = expected.isFault ? ['recv_failed', 'channel_closed'] : ['channel_closed'];
          expect(told.map(statusName)).toEqual(ending);
          expect(engine.stats().framesRejected - framesRejected).toBe(expected.isFault ? 1 : 0);
          expect(untyped).toEqual([]);
          await comesTrue(() => engine.stats().slots.used === 0);
        },
      });
    },
    limitOf('client'),
  );
});
