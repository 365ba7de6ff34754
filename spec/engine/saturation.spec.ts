import { type Message, OpCode } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { pairOver, type Side } from '../support/pair.js';

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
  readonly #echoes: number;
  readonly #answersLater: boolean;
  #resolve: () => void = () => undefined;

  constructor(side: Side, echoes: number, answersLater: boolean) {
    this.#side = side;
    this.#echoes = echoes;
    this.#answersLater = answersLater;
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
      if (this.#answersLater) this.#answerLater(message);
      else this.#answer(message);
    } else if (message.opCode === OpCode.Response) {
      this.answered++;
      if (message.messageId !== BigInt(this.answered) || message.body.byteLength !== BODY.length) {
        this.wrong.push(message.dump());
      }
      if (this.asked < this.#echoes) this.#ask();
      if (this.answered === this.#echoes) this.#resolve();
    } else {
      this.wrong.push(message.dump());
    }
  }

  #answer(message: Message): void {
    this.#post(message.reply(message.body.bytes()));
    this.answers++;
  }

  /** As a handler does that takes its time: the question keeps its slot until it is answered. */
  #answerLater(message: Message): void {
    const hold = message.retain();
    setImmediate(() => {
      this.#answer(message);
      hold[Symbol.dispose]();
    });
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
  async function saturate(slots: number, echoes: number, answersLater: boolean): Promise<void> {
    const options = { initialPoolMsgs: slots, maxPoolMsgs: slots, maxQueuedBytes: MAX_QUEUED };
    const { client, server } = await pairOver(network, { client: options, server: options });
    const talkers = [client, server].map(side => new Talker(side, echoes, answersLater));
    for (const talker of talkers) talker.start();
    await Promise.all(talkers.map(talker => talker.done));
    for (const talker of talkers) {
      expect(talker.wrong).toEqual([]);
      expect([talker.answered, talker.answers]).toEqual([echoes, echoes]);
      expect(talker.mostQueued).toBeLessThan(MAX_QUEUED);
    }
  }

  it.each(network.name === 'mem' ? [4] : [64, 4])(
    'finish 100,000 echoes with pools of %d, and queue less than maxQueuedBytes',
    slots => saturate(slots, 50_000, false),
    30_000,
  );

  it.each([64, 4])(
    'finish with pools of %d when answers take their time and questions keep their slots meanwhile',
    slots => saturate(slots, 5_000, true),
    30_000,
  );
});
