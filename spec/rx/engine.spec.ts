import { createEngine, OpCode } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { held } from '../support/told.js';
import { thrownBy } from '../support/virtual-time.js';

describe('an engine', () => {
  it('gives empty Requests, and takes them back', () => {
    const engine = engineForSpec({ initialPoolMsgs: 1, maxPoolMsgs: 1 });
    const message = engine.get();
    expect([message.opCode, message.channelNumber, message.messageId, message.body.byteLength]).toEqual([
      OpCode.Request,
      0,
      0n,
      0,
    ]);
    expect(engine.get('poolOnly')).toBeNull();
    const beyond = engine.get('always');
    expect(held(engine)).toBe(2);
    engine.put(message);
    engine.put(beyond);
    engine.put(message);
    engine.put(null);
    engine.put(undefined);
    expect(held(engine)).toBe(0);
  });

  it('gives a message back at the end of a using block', () => {
    const engine = engineForSpec();
    {
      using message = engine.get();
      expect([message.opCode, held(engine)]).toEqual([OpCode.Request, 1]);
    }
    expect(held(engine)).toBe(0);
  });

  it('does not take back what another engine gave', () => {
    const [a, b] = [engineForSpec(), engineForSpec()];
    const message = a.get();
    b.put(message);
    expect([held(a), held(b)]).toEqual([1, 0]);
    a.put(message);
  });

  it('destroys its own groups only', async () => {
    const [a, b] = [engineForSpec(), engineForSpec()];
    const group = a.createGroup();
    await expect(b.destroyGroup(group)).rejects.toMatchObject({ code: 'not_allowed' });
    expect(group.isDestroyed).toBe(false);
    await a.destroyGroup(group);
    expect(group.isDestroyed).toBe(true);
  });

  it('refuses everything once it is destroyed, and may be destroyed again', async () => {
    const engine = engineForSpec();
    const group = engine.createGroup();
    expect(engine.isDestroyed).toBe(false);
    const destroyed = engine.destroy();
    expect(engine.isDestroyed).toBe(true);
    await destroyed;
    await engine.destroy();
    expect([thrownBy(() => engine.get()), thrownBy(() => engine.createGroup())]).toEqual([
      'shutdown_started',
      'shutdown_started',
    ]);
    await expect(group.waitReceive(0)).rejects.toMatchObject({ code: 'shutdown_started' });
  });

  it('is destroyed at the end of an await using block', async () => {
    const engine = createEngine();
    {
      await using inner = engine;
      expect(inner.isDestroyed).toBe(false);
    }
    expect(engine.isDestroyed).toBe(true);
  });

  it('gives up the waiting for its end, not the end, when a signal says so', async () => {
    const engine = engineForSpec();
    const reason = new Error('enough');
    await expect(engine.destroy({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await engine.destroy();
    expect(engine.isDestroyed).toBe(true);
  });
});

describe('createEngine', () => {
  it('refuses an option that is no positive number, by name', () => {
    expect(thrownBy(() => createEngine({ maxPoolMsgs: -1 }))).toBe('not_allowed');
    expect(() => createEngine({ maxPoolMsgs: -1 })).toThrow(/maxPoolMsgs is -1/);
  });
});
