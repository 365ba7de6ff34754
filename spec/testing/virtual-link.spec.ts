import { VirtualTimeScheduler } from 'rxjs';
import { memServer, type Status, statusName } from '../../lib/index.js';
import { seededRandom, virtualClock } from '../../lib/testing/index.js';
import { VirtualWires } from '../../lib/testing/virtual-wires.js';
import { type Link, type LinkReceiver, Written } from '../../lib/transport/transport.js';

/** One end of a connection, and what it hears. */
class End implements LinkReceiver {
  readonly heard: string[] = [];
  readonly pieces: number[] = [];
  link!: Link;
  readonly #scheduler: VirtualTimeScheduler;
  onData: (text: string) => void = () => undefined;

  constructor(scheduler: VirtualTimeScheduler) {
    this.#scheduler = scheduler;
  }

  linkOnOpen(): void {
    this.#note('open');
  }
  linkOnData(chunk: Buffer): void {
    this.pieces.push(chunk.length);
    this.#note(chunk.toString());
    this.onData(chunk.toString());
  }
  linkOnDrain(): void {
    this.#note('drain');
  }
  linkOnEnd(): void {
    this.#note('end');
  }
  linkOnClose(end: Status): void {
    this.#note(`close ${statusName(end)}`);
  }

  #note(what: string): void {
    this.heard.push(`${String(this.#scheduler.frame)} ${what}`);
  }
}

/** Two ends of a connection that stands, in a network with a latency of 2 ms. What is heard begins at frame 10. */
function connected(pieceLength: () => number = () => Infinity) {
  const scheduler = new VirtualTimeScheduler();
  const wires = new VirtualWires({
    clock: virtualClock(scheduler),
    latency: 2,
    bandwidth: Infinity,
    pieceLength,
  });
  const turns: string[] = [];
  const site = {
    inTurn(f: () => void): void {
      turns.push('begin');
      f();
      turns.push('end');
    },
  };
  const [near, far] = [new End(scheduler), new End(scheduler)];
  const listening = wires.listen(site, memServer('here'), {
    listeningOnReady: () => undefined,
    listeningOnFail: () => undefined,
    listeningOnLink: link => {
      far.link = link;
      return far;
    },
  });
  near.link = wires.dial(site, memServer('here'), near);
  expect(near.link.isWritable).toBe(false);
  scheduler.flush();
  expect(near.heard).toEqual(['0 open']);
  near.heard.length = 0;
  scheduler.frame = 10;
  return { scheduler, wires, listening, near, far, turns };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('an end of a connection', () => {
  it('copies what is written: its buffer is the writer’s again', () => {
    const { scheduler, near, far } = connected();
    const buffer = bytes('ab');
    expect(near.link.write(buffer)).toBe(Written.gone);
    expect(near.link.writeAll([buffer.subarray(0, 1), buffer.subarray(1)])).toBe(Written.gone);
    buffer.fill('x');
    scheduler.flush();
    expect(far.heard).toEqual(['12 abab']);
  });

  it('cuts what comes together, in one turn', () => {
    const { scheduler, near, far, turns } = connected(() => 3);
    near.link.write(bytes('abcd'));
    near.link.write(bytes('ef'));
    near.link.write(bytes('gh'));
    scheduler.flush();
    expect(far.heard).toEqual(['12 abc', '12 def', '12 gh']);
    expect(turns).toEqual(['begin', 'end']);
  });

  it('stops between two pieces where it is paused, and goes on there in the frame in which it is resumed', () => {
    const { scheduler, near, far } = connected(() => 1);
    far.onData = text => {
      if (text === 'b') far.link.pause();
    };
    near.link.write(bytes('abc'));
    scheduler.flush();
    expect(far.heard).toEqual(['12 a', '12 b']);
    scheduler.frame = 20;
    far.link.resume();
    expect(far.heard).toHaveLength(2);
    scheduler.flush();
    expect(far.heard.slice(2)).toEqual(['20 c']);
  });

  it('is blind while it is paused, for the end as for a reset', () => {
    const { scheduler, near, far } = connected();
    far.link.pause();
    near.link.write(bytes('a'));
    near.link.end();
    scheduler.flush();
    near.link.reset();
    scheduler.flush();
    expect(far.heard).toEqual([]);
    far.link.resume();
    scheduler.flush();
    expect(far.heard).toEqual(['14 a', '14 end', '14 close peer_disconnected']);
  });

  it('meets a reset when it writes, though it is paused, behind what came before', () => {
    const { scheduler, near, far } = connected();
    far.link.pause();
    near.link.write(bytes('a'));
    near.link.reset();
    scheduler.flush();
    expect(far.heard).toEqual([]);
    expect(far.link.write(bytes('b'))).toBe(Written.refused);
    scheduler.flush();
    expect(far.heard).toEqual(['12 a', '12 close peer_disconnected']);
  });

  it('meets a reset where its writer waits, though it is paused', () => {
    const { scheduler, near, far } = connected();
    far.link.pause();
    near.link.pause();
    while (far.link.write(Buffer.alloc(65_536)) !== Written.full);
    near.link.reset();
    scheduler.flush();
    expect(far.heard).toEqual(['12 close peer_disconnected']);
  });

  it('that ends is read on, until it is closed', () => {
    const { scheduler, near, far } = connected();
    near.link.end();
    near.link.end();
    expect(near.link.isWritable).toBe(false);
    far.link.write(bytes('a'));
    scheduler.flush();
    near.link.close();
    scheduler.flush();
    expect(near.heard).toEqual(['12 a', '12 close success']);
    expect(far.heard).toEqual(['12 end']);
  });

  it('says in its frame, and not inside the call, that it was closed', () => {
    const { scheduler, near, far } = connected();
    near.link.write(bytes('a'));
    near.link.close();
    near.link.close();
    expect(near.heard).toEqual([]);
    scheduler.flush();
    expect(near.heard).toEqual(['10 close success']);
    expect(far.heard).toEqual(['12 a', '12 end']);
  });

  it('says in its frame that it was reset, and the other end one latency later', () => {
    const { scheduler, near, far } = connected();
    near.link.reset();
    near.link.reset();
    scheduler.flush();
    expect(near.heard).toEqual(['10 close success']);
    expect(far.heard).toEqual(['12 close peer_disconnected']);
  });

  it('that is gone answers bytes with a reset, and nothing else', () => {
    const { scheduler, near, far } = connected();
    near.link.close();
    far.link.write(bytes('a'));
    scheduler.flush();
    expect(far.heard).toEqual(['12 end', '14 close peer_disconnected']);
    const second = connected();
    second.near.link.close();
    second.far.link.end();
    second.scheduler.flush();
    expect(second.far.heard).toEqual(['12 end']);
  });

  it('tells its writer to go on in a later call of the frame in which the other end reads', () => {
    const { scheduler, near, far } = connected();
    far.link.pause();
    near.link.write(Buffer.alloc(64 * 1_024));
    scheduler.flush();
    expect(near.link.write(bytes('a'))).toBe(Written.full);
    scheduler.flush();
    expect(near.heard).toEqual([]);
    scheduler.frame = 20;
    far.link.resume();
    scheduler.flush();
    expect(near.heard).toEqual(['20 drain']);
  });

  it('hears nothing more once it is gone', () => {
    const { scheduler, near, far } = connected();
    near.link.write(bytes('a'));
    near.link.end();
    far.link.reset();
    scheduler.flush();
    expect(far.heard).toEqual(['10 close success']);
  });

  it('of a listener that is gone lives on', () => {
    const { scheduler, near, far, listening } = connected();
    listening.close();
    near.link.write(bytes('a'));
    scheduler.flush();
    expect(far.heard).toEqual(['12 a']);
  });
});

describe('random cuts', () => {
  const cutsOf = (seed: number): number[] => {
    const random = seededRandom(seed);
    const { scheduler, near, far } = connected(() => 1 + Math.floor(random() * 50));
    near.link.write(Buffer.alloc(5_000));
    scheduler.flush();
    return far.pieces;
  };

  it('are those of their seed', () => {
    expect(cutsOf(4)).toEqual(cutsOf(4));
    expect(cutsOf(4)).not.toEqual(cutsOf(5));
    expect(cutsOf(4).reduce((sum, length) => sum + length, 0)).toBe(5_000);
    expect(cutsOf(4).length).toBeGreaterThan(100);
  });
});
