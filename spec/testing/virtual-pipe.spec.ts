import { VirtualTimeScheduler } from 'rxjs';
import { virtualClock } from '../../lib/testing/index.js';
import { type LineSpeed, Mark, VirtualPipe } from '../../lib/testing/virtual-pipe.js';

/** A direction, and what its users hear, with the frame: bytes as text, marks in brackets. */
class Rig {
  readonly scheduler = new VirtualTimeScheduler();
  readonly heard: string[] = [];
  readonly pipe: VirtualPipe;

  constructor(speed: Partial<LineSpeed>) {
    this.pipe = new VirtualPipe(
      virtualClock(this.scheduler),
      { latency: 3, bandwidth: Infinity, ...speed },
      {
        arrived: arrivals => {
          const told = arrivals.map(arrival =>
            typeof arrival === 'string' ? `<${arrival}>` : arrival.toString(),
          );
          this.heard.push(`${String(this.scheduler.frame)} ${told.join(' ')}`);
        },
        drained: () => {
          this.heard.push(`${String(this.scheduler.frame)} drained`);
        },
      },
    );
  }

  write(text: string): boolean {
    return this.pipe.write(Buffer.from(text));
  }

  at(frame: number, f: () => void): void {
    this.scheduler.schedule(f, frame);
  }

  run(): string[] {
    this.scheduler.flush();
    return this.heard;
  }
}

describe('a direction', () => {
  it('delivers in order, one latency after each write; what was written in one ms comes in one event', () => {
    const rig = new Rig({});
    rig.write('ab');
    rig.write('c');
    rig.at(2, () => rig.write('d'));
    rig.at(2, () => rig.pipe.mark(Mark.end));
    expect(rig.run()).toEqual(['3 abc', '5 d <end>']);
  });

  it('delivers in an event of its own without latency', () => {
    const rig = new Rig({ latency: 0 });
    rig.at(1, () => {
      rig.write('a');
      rig.heard.push('written');
    });
    rig.at(1, () => rig.heard.push('planned before'));
    expect(rig.run()).toEqual(['written', 'planned before', '1 a']);
  });

  it('delivers what is written later in a frame in a later event of that frame', () => {
    const rig = new Rig({ latency: 0 });
    rig.write('a');
    rig.scheduler.schedule(() => {
      rig.write('b');
      rig.scheduler.schedule(() => rig.write('c'));
      rig.write('d');
    });
    expect(rig.run()).toEqual(['0 a', '0 bd', '0 c']);
  });
});

describe('a line of 2 bytes a ms', () => {
  it('has the nth byte through after n/2 ms, in whole ms', () => {
    const rig = new Rig({ bandwidth: 2 });
    rig.write('abcde');
    expect(rig.run()).toEqual(['4 ab', '5 cd', '6 e']);
  });

  it('does so however the bytes were cut into writes', () => {
    const rig = new Rig({ bandwidth: 2 });
    for (const letter of 'abcde') rig.write(letter);
    expect(rig.run()).toEqual(['4 ab', '5 cd', '6 e']);
  });

  it('begins anew where it was idle, and goes on where it was not', () => {
    const rig = new Rig({ bandwidth: 2 });
    rig.write('abc');
    rig.at(1, () => rig.write('d'));
    rig.at(2, () => rig.write('e'));
    rig.at(9, () => rig.write('f'));
    expect(rig.run()).toEqual(['4 ab', '5 cd', '6 e', '13 f']);
  });

  it('lets marks wait behind the bytes before them', () => {
    const rig = new Rig({ bandwidth: 2 });
    rig.write('abcde');
    rig.pipe.mark(Mark.end);
    expect(rig.run()).toEqual(['4 ab', '5 cd', '6 e <end>']);
  });

  it('drops what is not through when it is reset', () => {
    const rig = new Rig({ bandwidth: 2 });
    rig.write('abcdefgh');
    rig.pipe.mark(Mark.end);
    rig.at(2, () => rig.pipe.reset());
    expect(rig.run()).toEqual(['4 ab', '5 cd <reset>']);
  });
});

describe.each([
  [3, 10, '3 0'],
  [0.1, 30, '3 0'],
  [0.3, 10, '3 0'],
])('a line of %d bytes a ms', (bandwidth, ms) => {
  it('carries its bytes in time, without loss', () => {
    const rig = new Rig({ latency: 0, bandwidth });
    const length = Math.round(bandwidth * ms);
    rig.write('x'.repeat(length));
    const heard = rig.run();
    expect(heard.map(line => line.split(' ')[1]).join('')).toBe('x'.repeat(length));
    expect(rig.scheduler.frame).toBe(ms);
  });
});

describe('a partition', () => {
  it('holds back what is under way and what is written, and sends it when it ends', () => {
    const rig = new Rig({});
    rig.write('a');
    rig.at(2, () => rig.pipe.hold());
    rig.at(4, () => rig.write('b'));
    rig.at(5, () => rig.pipe.mark(Mark.end));
    rig.at(10, () => rig.pipe.release());
    expect(rig.run()).toEqual(['13 ab <end>']);
  });

  it('holds back the rest of what has begun to arrive', () => {
    const rig = new Rig({ bandwidth: 2 });
    rig.write('abcdef');
    rig.at(4, () => rig.pipe.hold());
    rig.at(10, () => rig.pipe.release());
    expect(rig.run()).toEqual(['4 ab', '14 cd', '15 ef']);
  });

  it('lets a reset drop what it holds, and arrive when it ends', () => {
    const rig = new Rig({});
    rig.pipe.hold();
    rig.write('a');
    rig.pipe.reset();
    rig.at(10, () => rig.pipe.release());
    expect(rig.run()).toEqual(['13 <reset>']);
  });

  it('forgets what it holds when that is dropped', () => {
    const rig = new Rig({});
    rig.write('a');
    rig.at(1, () => rig.pipe.hold());
    rig.at(2, () => rig.pipe.drop());
    rig.at(3, () => rig.pipe.release());
    expect(rig.run()).toEqual([]);
  });
});

describe('a writer', () => {
  const kib = (n: number): string => 'x'.repeat(n * 1_024);

  it('is told to wait past 64 KiB that lie unread, and may go on when they were taken', () => {
    const rig = new Rig({});
    const answers: boolean[] = [];
    rig.write(kib(63));
    rig.at(5, () => {
      answers.push(rig.write('x'), rig.write(kib(1)));
      rig.heard.length = 0;
    });
    rig.at(9, () => answers.push(rig.write('x')));
    rig.at(10, () => rig.pipe.taken(1));
    rig.at(11, () => rig.pipe.taken(1));
    rig.at(12, () => rig.pipe.taken(1_024));
    rig.run();
    expect(answers).toEqual([true, true, false]);
    expect(rig.heard.filter(line => line.endsWith('drained'))).toEqual(['11 drained']);
  });

  it('is told to wait past a megabyte under way, and may go on when that arrives', () => {
    const rig = new Rig({});
    expect(rig.write(kib(1_023))).toBe(true);
    expect(rig.write(kib(1))).toBe(false);
    rig.at(3, () => rig.pipe.taken(1_024 * 1_024));
    expect(rig.run().at(-1)).toBe('3 drained');
  });

  it('is told to wait past 64 KiB before a partition, and may go on when that ends', () => {
    const rig = new Rig({});
    rig.pipe.hold();
    expect(rig.write(kib(63))).toBe(true);
    expect(rig.write(kib(1))).toBe(false);
    rig.at(10, () => rig.pipe.release());
    rig.run();
    expect(rig.heard[0]).toBe('10 drained');
  });
});
