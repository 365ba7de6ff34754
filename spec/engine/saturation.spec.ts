import { type Message, OpCode } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { pairOver, type Side } from '../support/pair.js';

/** Echoes each way, and both ways at once. */
const ECHOES = 50_000;
/** How many questions of 1 KiB a side keeps in flight: what core posts alone may (design section 11). */
const IN_FLIGHT = 500;
const MAX_QUEUED = 1024 * 1024;
const BODY = Buffer.alloc(1_024, 'q');

/** One end of the connection: it asks its own questions, and answers the other's. */
class Talker {
  asked = 0;
  answered = 0;
  /** Of the other's. */
  answers = 0;
  mostQueued = 0;
  readonly wrong: string[] = [];
  readonly done: Promise<void>;
  readonly #side: Side;
  #resolve: () => void = () => undefined;

  constructor(side: Side) {
    this.#side = side;
    this.done = new Promise(resolve => {
      this.#resolve = resolve;
    });
    side.group.claim(side.channel, message => {
      this.#receive(message);
    });
  }

  start(): void {
    for (let n = 0; n < IN_FLIGHT; n++) this.#ask();
  }

  #receive(message: Message): void {
    if (message.opCode === OpCode.Request) {
      this.#post(message.reply(message.body.bytes()));
      this.answers++;
    } else if (message.opCode === OpCode.Response) {
      this.answered++;
      if (message.messageId !== BigInt(this.answered) || message.body.byteLength !== BODY.length) {
        this.wrong.push(message.dump());
      }
      if (this.asked < ECHOES) this.#ask();
      if (this.answered === ECHOES) this.#resolve();
    } else {
      this.wrong.push(message.dump());
    }
  }

  #ask(): void {
    const message = this.#side.engine.get();
    message.channelNumber = this.#side.channel;
    message.messageId = ++this.asked;
    message.body.append(BODY);
    this.#post(message);
  }

  #post(message: Message): void {
    this.#side.group.post(message);
    const { queuedBytes } = this.#side.engine.stats();
    if (queuedBytes > this.mostQueued) this.mostQueued = queuedBytes;
  }
}

describe.each(networks)('two sides that ask and answer at once over $name', network => {
  it.each([64, 4])(
    'finish 100,000 echoes with pools of %d, and queue less than maxQueuedBytes',
    async slots => {
      const options = { initialPoolMsgs: slots, maxPoolMsgs: slots, maxQueuedBytes: MAX_QUEUED };
      const { client, server } = await pairOver(network, { client: options, server: options });
      const talkers = [new Talker(client), new Talker(server)];
      for (const talker of talkers) talker.start();
      await Promise.all(talkers.map(talker => talker.done));
      for (const talker of talkers) {
        expect(talker.wrong).toEqual([]);
        expect(talker.answered).toBe(ECHOES);
        expect(talker.mostQueued).toBeLessThan(MAX_QUEUED);
      }
      expect(talkers.map(talker => talker.answers)).toEqual([ECHOES, ECHOES]);
    },
    30_000,
  );
});
