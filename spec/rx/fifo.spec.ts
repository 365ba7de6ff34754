import { Fifo } from '../../lib/rx/fifo.js';

describe('Fifo', () => {
  it('gives back what was pushed, in order, and undefined when it is empty', () => {
    const fifo = new Fifo<string>();
    expect(fifo.shift()).toBeUndefined();
    fifo.push('a');
    fifo.push('b');
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual(['a', 'b', undefined]);
    fifo.push('c');
    expect(fifo.shift()).toBe('c');
  });

  it('counts and orders what waits, however far it has moved on', () => {
    const fifo = new Fifo<number>();
    let pushed = 0;
    let shifted = 0;
    for (let round = 1; round <= 300; round++) {
      for (let n = 0; n < round % 7; n++) fifo.push(pushed++);
      for (let n = 0; n < round % 5 && fifo.length > 0; n++) expect(fifo.shift()).toBe(shifted++);
      expect(fifo.length).toBe(pushed - shifted);
    }
    expect(pushed).toBeGreaterThan(800);
    while (fifo.length > 0) expect(fifo.shift()).toBe(shifted++);
    expect(shifted).toBe(pushed);
  });

  it('hands out all that waits at once', () => {
    const fifo = new Fifo<string>();
    for (const item of ['a', 'b', 'c']) fifo.push(item);
    fifo.shift();
    expect(fifo.takeAll()).toEqual(['b', 'c']);
    expect(fifo.length).toBe(0);
    expect(fifo.takeAll()).toEqual([]);
  });
});
