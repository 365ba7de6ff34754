import { createEngine, type EngineOptions, TofuError } from '../../lib/index.js';
import { resolveOptions } from '../../lib/engine/options.js';
import { systemClock } from '../../lib/transport/clock.js';
import { refusal } from '../support/messages.js';

/** Design section 10, the table of engine options. */
const DEFAULTS = {
  initialPoolMsgs: 16,
  maxPoolMsgs: 64,
  maxSlotsPerChannel: 64,
  maxQueuedBytes: 1_048_576,
  maxChannels: 16_384,
  handshakeTimeout: 10_000,
  connectTimeout: 10_000,
  frameTimeout: 30_000,
  byeTimeout: 5_000,
  stallTimeout: 5_000,
} as const;

type NumberOption = keyof typeof DEFAULTS;
const names = Object.keys(DEFAULTS) as NumberOption[];

/** What nobody may write in TypeScript, but may well pass. */
function loose(name: string, value: unknown): EngineOptions {
  return { [name]: value };
}

describe('engine options', () => {
  it('are the defaults when none is given', () => {
    expect(resolveOptions({})).toMatchObject(DEFAULTS);
  });

  describe.each(names)('%s', name => {
    it.each([0, undefined, null])('is its default when it is %s', value => {
      expect(resolveOptions(loose(name, value))[name]).toBe(DEFAULTS[name]);
    });

    it('is what it is set to', () => {
      expect(resolveOptions({ [name]: 100 })[name]).toBe(100);
    });

    it('may be Infinity', () => {
      expect(resolveOptions({ [name]: Infinity })[name]).toBe(Infinity);
    });

    it.each([
      [NaN, 'NaN'],
      [-1, '-1'],
      [-Infinity, '-Infinity'],
      ['12', '"12"'],
      [true, 'true'],
      [12n, '12'],
    ])('is refused with not_allowed as %p, naming option and value', (value, shown) => {
      const error = refusal(() => createEngine(loose(name, value)));
      expect(error).toBeInstanceOf(TofuError);
      expect(error.code).toBe('not_allowed');
      expect(error.message).toContain(name);
      expect(error.message).toContain(shown);
    });

    it.each([[{}], [[]], [(): number => 1], [Symbol('12')]])('is refused with not_allowed as %p', value => {
      const error = refusal(() => createEngine(loose(name, value)));
      expect(error.code).toBe('not_allowed');
      expect(error.message).toContain(name);
    });
  });

  it('count a maximum of the pool below its initial number as that number', () => {
    expect(resolveOptions({ initialPoolMsgs: 100 })).toMatchObject({
      initialPoolMsgs: 100,
      maxPoolMsgs: 100,
    });
    expect(resolveOptions({ initialPoolMsgs: 8, maxPoolMsgs: 2 })).toMatchObject({
      initialPoolMsgs: 8,
      maxPoolMsgs: 8,
    });
  });

  it('let one channel have the whole pool unless they say otherwise', () => {
    expect(resolveOptions({ maxPoolMsgs: 200 }).maxSlotsPerChannel).toBe(200);
    expect(resolveOptions({ initialPoolMsgs: 300 }).maxSlotsPerChannel).toBe(300);
    expect(resolveOptions({ maxPoolMsgs: 200, maxSlotsPerChannel: 3 }).maxSlotsPerChannel).toBe(3);
  });

  it('that are unknown are ignored', () => {
    expect(resolveOptions(loose('maxPoolMessages', 'many'))).toMatchObject(DEFAULTS);
  });

  it("take the system's clock unless they bring one", () => {
    const clock = { ...systemClock };
    expect(resolveOptions({}).clock).toBe(systemClock);
    expect(resolveOptions({ clock }).clock).toBe(clock);
  });

  it('show in the pool of the engine', () => {
    const engine = createEngine({ initialPoolMsgs: 3, maxPoolMsgs: 5 });
    expect(engine.pool.stats()).toEqual({ free: 3, used: 0, beyond: 0, max: 5 });
    expect(engine.stats().slots).toEqual(engine.pool.stats());
  });
});
