import { Trampoline } from '../../lib/rx/trampoline.js';

describe('Trampoline', () => {
  it('runs a delivery within the call', () => {
    const log: string[] = [];
    new Trampoline().run({ deliver: () => log.push('a') });
    expect(log).toEqual(['a']);
  });

  it('runs what is asked for within a delivery behind it, in order, within the same call', () => {
    const log: string[] = [];
    const trampoline = new Trampoline();
    trampoline.run({
      deliver: () => {
        log.push('a begins');
        trampoline.run({ deliver: () => log.push('b') });
        trampoline.run({ deliver: () => log.push('c') });
        log.push('a ends');
      },
    });
    log.push('back');
    expect(log).toEqual(['a begins', 'a ends', 'b', 'c', 'back']);
  });

  it('stands 100,000 deliveries that each ask for the next', () => {
    const trampoline = new Trampoline();
    let count = 0;
    const delivery = {
      deliver: () => {
        if (++count < 100_000) trampoline.run(delivery);
      },
    };
    trampoline.run(delivery);
    expect(count).toBe(100_000);
  });

  it('goes on with the next one when a delivery has thrown', () => {
    const log: string[] = [];
    const trampoline = new Trampoline();
    const thrower = {
      deliver: () => {
        throw new Error('failed');
      },
    };
    expect(() => trampoline.run(thrower)).toThrow('failed');
    trampoline.run({ deliver: () => log.push('a') });
    expect(log).toEqual(['a']);
  });
});
