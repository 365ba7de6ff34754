import fc from 'fast-check';
import { ChunkPool } from '../../lib/engine/chunk-pool.js';
import { Counters } from '../../lib/engine/counters.js';
import { SendQueue } from '../../lib/engine/send-queue.js';
import { createEngine, OpCode } from '../../lib/index.js';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { type Link, Written } from '../../lib/transport/transport.js';
import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';

const { pool } = createEngine().core.context;

/** A Request with this id and a body of so many bytes. */
function request(id: number, bytes: number): EngineMessage {
  const message = EngineMessage.fresh(pool);
  message.channel = 1;
  message.idLow = id;
  if (bytes > 0) message.body.append(Buffer.alloc(bytes, id));
  return message;
}

/** A link that says `full` to every write, and keeps the ids of the frames. */
class NarrowLink {
  readonly ids: number[] = [];
  readonly #decoder = new FrameDecoder();

  write(bytes: Buffer): Written {
    this.#decoder.feed(Buffer.from(bytes));
    while (this.#decoder.next() === Decoded.frame) {
      this.ids.push(this.#decoder.idLow);
      this.#decoder.consume();
    }
    return Written.full;
  }

  writeAll(pieces: readonly Buffer[]): Written {
    return this.write(Buffer.concat(pieces));
  }
}

interface World {
  readonly queue: SendQueue;
  readonly link: NarrowLink;
  readonly counters: Counters;
  handOver(): boolean;
}

function world(): World {
  const counters = new Counters();
  const queue = new SendQueue(new ChunkPool(), counters);
  const link = new NarrowLink();
  const handOver = (): boolean => {
    queue.drained();
    return queue.handOver(link as unknown as Link);
  };
  return { queue, link, counters, handOver };
}

describe('taking a frame out of a send queue', () => {
  it.each([
    ['the first', 1],
    ['one in the middle', 3],
    ['the last', 5],
    ['one whose body was not copied', 2],
  ])('takes %s alone, and the others leave in order', (_name, taken) => {
    const { queue, link, handOver } = world();
    for (const [id, bytes] of [
      [1, 10],
      [2, 5_000],
      [3, 0],
      [4, 60_000],
      [5, 20],
    ] as const)
      queue.push(request(id, bytes));
    expect(queue.remove(OpCode.Request, 0, taken)).toBe(true);
    expect(queue.remove(OpCode.Request, 0, taken)).toBe(false);
    while (!handOver()) expect(queue.bytes).toBeGreaterThan(0);
    expect(link.ids).toEqual([1, 2, 3, 4, 5].filter(id => id !== taken));
    expect(queue.bytes).toBe(0);
  });

  it('knows operation and both halves of the id', () => {
    const { queue } = world();
    queue.push(request(1, 0));
    expect(queue.remove(OpCode.Response, 0, 1)).toBe(false);
    expect(queue.remove(OpCode.Request, 1, 1)).toBe(false);
    expect(queue.remove(OpCode.Request, 0, 2)).toBe(false);
    expect(queue.remove(OpCode.Request, 0, 1)).toBe(true);
    expect(queue.remove(OpCode.Request, 0, 1)).toBe(false);
  });

  it('takes the oldest of several with one id', () => {
    const { queue, handOver, link } = world();
    for (const bytes of [1, 2, 3]) queue.push(request(1, bytes));
    queue.remove(OpCode.Request, 0, 1);
    expect(queue.bytes).toBe(18 + 19);
    handOver();
    expect(link.ids).toEqual([1, 1]);
  });

  it('gives back only what is left when the channel ends', () => {
    const { queue, counters } = world();
    for (const id of [1, 2, 3]) queue.push(request(id, 5_000));
    queue.remove(OpCode.Request, 0, 2);
    const ids: number[] = [];
    queue.takeBack(decoder => ids.push(decoder.idLow));
    expect(ids).toEqual([1, 3]);
    expect(counters.queuedBytes).toBe(0);
  });

  it('keeps every mark: a frame has passed exactly when it has left, whatever was taken out around it', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ push: fc.constantFrom(0, 7, 100, 4_096, 20_000, 65_535) }) },
      { weight: 3, arbitrary: fc.record({ remove: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant('hand over' as const) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), actions => {
        const { queue, link, counters, handOver } = world();
        const marks = new Map<number, number>();
        let id = 0;
        for (const step of actions) {
          if (step === 'hand over') handOver();
          else if ('push' in step) {
            queue.push(request(++id, step.push));
            marks.set(id, queue.accepted);
          } else if (queue.remove(OpCode.Request, 0, step.remove)) marks.delete(step.remove);
          for (const [frame, mark] of marks) {
            expect([frame, mark <= queue.passed]).toEqual([frame, link.ids.includes(frame)]);
          }
          expect(counters.queuedBytes).toBe(queue.bytes);
        }
        while (!handOver());
        expect(link.ids).toEqual([...marks.keys()]);
        expect([queue.passed, queue.bytes]).toEqual([queue.accepted, 0]);
      }),
      { numRuns: 300 },
    );
  });
});
