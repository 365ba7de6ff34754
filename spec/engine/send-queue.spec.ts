import { Written } from '../../lib/transport/transport.js';
import { frameOf, newQueue, request, takenBack } from '../support/queued-frames.js';

describe('the send queue hands over', () => {
  it('small frames in one write, one behind the other', () => {
    const { queue, link } = newQueue();
    for (const id of [1, 2, 3]) queue.push(request(id, 10 * id));
    expect(queue.handOver(link)).toBe(true);
    expect(link.writes).toHaveLength(1);
    expect(link.bytes()).toEqual(Buffer.concat([frameOf(1, 10), frameOf(2, 20), frameOf(3, 30)]));
  });

  it('text headers between header and body', () => {
    const { queue, link } = newQueue();
    queue.push(request(1, 3, [['name', 'value']]));
    queue.push(request(2, 5_000, [['other', 'one']]));
    queue.handOver(link);
    expect(link.bytes()).toEqual(
      Buffer.concat([frameOf(1, 3, 'name:value\r\n'), frameOf(2, 5_000, 'other:one\r\n')]),
    );
  });

  it('big bodies as they lie, uncopied', () => {
    const { queue, link } = newQueue();
    const big = request(1, 60_000);
    const lies = big.body.bytes();
    queue.push(request(2, 5));
    queue.push(big);
    queue.push(request(3, 5));
    queue.handOver(link);
    expect(link.bytes()).toEqual(Buffer.concat([frameOf(2, 5), frameOf(1, 60_000), frameOf(3, 5)]));
    const body = link.pieces.find(piece => piece.length === 60_000);
    expect(body?.buffer).toBe(lies.buffer);
    expect(body?.byteOffset).toBe(lies.byteOffset);
  });

  it('the largest frame there is', () => {
    const { queue, link } = newQueue();
    const largest = request(1, 65_535, [['h', 'v'.repeat(65_531)]]);
    expect(largest.textHeaders.byteLength).toBe(65_535);
    queue.push(largest);
    expect(queue.bytes).toBe(131_086);
    queue.handOver(link);
    expect(link.bytes()).toEqual(frameOf(1, 65_535, `h:${'v'.repeat(65_531)}\r\n`));
  });

  it('more than one chunk of small frames in order', () => {
    const { queue, link } = newQueue();
    const ids = Array.from({ length: 100 }, (_, n) => n + 1);
    for (const id of ids) queue.push(request(id, 1_000));
    expect(queue.handOver(link)).toBe(true);
    expect(link.bytes()).toEqual(Buffer.concat(ids.map(id => frameOf(id, 1_000))));
  });

  it('nothing when nothing waits', () => {
    const { queue, link } = newQueue();
    expect(queue.handOver(link)).toBe(true);
    expect(link.writes).toEqual([]);
  });

  it('frames that come later behind those that the link keeps, without writing over them', () => {
    const { queue, link } = newQueue();
    link.answers = [Written.kept];
    queue.push(request(1, 100));
    queue.handOver(link);
    for (let id = 2; id < 40; id++) {
      queue.push(request(id, 1_000));
      queue.handOver(link);
    }
    expect(link.pieces[0]).toEqual(frameOf(1, 100));
  });

  it('nothing to a link that is full, until it has drained', () => {
    const { queue, link } = newQueue();
    link.answers = [Written.full];
    queue.push(request(1, 10));
    queue.handOver(link);
    expect(queue.blocked).toBe(true);
    queue.push(request(2, 10));
    expect(queue.handOver(link)).toBe(false);
    expect(link.writes).toHaveLength(1);
    queue.drained();
    expect(queue.handOver(link)).toBe(true);
    expect(link.bytes()).toEqual(Buffer.concat([frameOf(1, 10), frameOf(2, 10)]));
    expect(link.pieces[0]).toEqual(frameOf(1, 10));
  });

  it('from the same few chunks again, when a link that was full has drained', () => {
    const { queue, link } = newQueue();
    for (let round = 0; round < 20; round++) {
      link.answers = [Written.full];
      for (let id = 1; id <= 100; id++) queue.push(request(id, 1_000));
      while (queue.bytes > 0) {
        queue.handOver(link);
        queue.drained();
      }
    }
    expect(link.bytes().length).toBe(20 * 100 * 1_016);
    // 100 frames take seven chunks of 16 KiB.
    expect(new Set(link.pieces.map(piece => piece.buffer)).size).toBeLessThanOrEqual(14);
  });

  it('from other chunks than those that a full link keeps', () => {
    const { queue, link } = newQueue();
    link.answers = [Written.full];
    for (let id = 1; id <= 40; id++) queue.push(request(id, 1_000));
    queue.handOver(link);
    const kept = [...link.pieces];
    for (let id = 41; id <= 200; id++) queue.push(request(id, 1_000));
    const sent = Array.from({ length: 40 }, (_, n) => frameOf(n + 1, 1_000));
    expect(Buffer.concat(kept)).toEqual(Buffer.concat(sent));
  });

  it('no more batches to a link that says it is full in the middle', () => {
    const { queue, link } = newQueue();
    link.answers = [Written.full];
    for (const id of [1, 2, 3, 4]) queue.push(request(id, 60_000));
    expect(queue.handOver(link)).toBe(false);
    const handed = link.bytes().length;
    expect(handed % 60_016).toBe(0);
    expect(queue.bytes).toBe(4 * 60_016 - handed);
    expect(queue.bytes).toBeGreaterThan(0);
  });
});

describe('the send queue counts', () => {
  it('whole frames that wait, and none that were handed over', () => {
    const { queue, counters, link } = newQueue();
    queue.push(request(1, 100));
    queue.push(request(2, 5_000));
    expect({ bytes: queue.bytes, all: counters.queuedBytes }).toEqual({ bytes: 5_132, all: 5_132 });
    queue.handOver(link);
    expect({ bytes: queue.bytes, all: counters.queuedBytes }).toEqual({ bytes: 0, all: 0 });
    expect({ out: counters.messagesOut, bytesOut: counters.bytesOut }).toEqual({ out: 2, bytesOut: 5_132 });
  });

  it('what is taken back as gone, and not as sent', () => {
    const { queue, counters } = newQueue();
    queue.push(request(1, 100));
    takenBack(queue);
    expect({ bytes: queue.bytes, ...counters }).toMatchObject({
      bytes: 0,
      queuedBytes: 0,
      messagesOut: 0,
      bytesOut: 0,
    });
  });
});

describe('the send queue gives back', () => {
  it('whole messages in order, coalesced or not', () => {
    const { queue } = newQueue();
    const lengths = [0, 1, 4_095, 4_096, 4_097, 65_535, 0, 10];
    lengths.forEach((length, n) => {
      queue.push(request(n + 1, length));
    });
    expect(takenBack(queue)).toEqual(lengths.map((length, n) => `${String(n + 1)} x ${String(length)}`));
  });

  it('headers too', () => {
    const { queue } = newQueue();
    queue.push(request(1, 5, [['name', 'value']]));
    queue.push(request(2, 5_000, [['other', 'one']]));
    const headers: string[] = [];
    queue.takeBack(frame => {
      headers.push(
        frame.payload.toString('utf8', frame.payloadStart, frame.payloadStart + frame.headersLength),
      );
    });
    expect(headers).toEqual(['name:value\r\n', 'other:one\r\n']);
  });

  it('only what was not handed over', () => {
    const { queue, link } = newQueue();
    link.answers = [Written.full];
    queue.push(request(1, 10));
    queue.handOver(link);
    queue.push(request(2, 10));
    queue.push(request(3, 5_000));
    queue.handOver(link);
    expect(takenBack(queue)).toEqual(['2 x 10', '3 x 5000']);
  });

  it.each([10, 5_000])('what a link refused, which has failed (bodies of %d)', length => {
    const { queue, counters, link } = newQueue();
    link.answers = [Written.refused];
    queue.push(request(1, length));
    queue.push(request(2, length));
    expect(queue.handOver(link)).toBe(false);
    queue.push(request(3, length));
    expect(queue.handOver(link)).toBe(false);
    expect(counters.messagesOut).toBe(0);
    expect(takenBack(queue)).toEqual([1, 2, 3].map(id => `${String(id)} x ${String(length)}`));
  });

  it('nothing when nothing waits', () => {
    const { queue, link } = newQueue();
    queue.push(request(1, 10));
    queue.handOver(link);
    expect(takenBack(queue)).toEqual([]);
  });

  it('nothing twice', () => {
    const { queue } = newQueue();
    queue.push(request(1, 10));
    expect(takenBack(queue)).toEqual(['1 x 10']);
    expect(takenBack(queue)).toEqual([]);
  });
});
