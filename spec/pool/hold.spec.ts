import { EngineMessage } from '../../lib/message/engine-message.js';
import type { Hold } from '../../lib/message/message.js';
import { Use } from '../../lib/message/ownership.js';
import { MessagePool } from '../../lib/pool/message-pool.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';

function release(hold: Hold): void {
  hold[Symbol.dispose]();
}

/** A pool of one slot, and a message that holds it. */
function oneMessage(): { pool: MessagePool; message: EngineMessage } {
  const pool = new MessagePool(new SlotPool(1, 1), () => undefined);
  const message = pool.get('poolOnly');
  if (message === null) throw new Error('the pool is empty');
  return { pool, message };
}

/** Pushes a message as a group does; the holds that `receive` takes. */
function push(pool: MessagePool, message: EngineMessage, receive: () => Hold[]): Hold[] {
  message.use = Use.dispatching;
  message.holds = 1;
  const holds = receive();
  message.use = Use.shared;
  pool.drop(message);
  return holds;
}

describe('the slot of a pushed message', () => {
  it('comes back when the dispatch ends', () => {
    const { pool, message } = oneMessage();
    push(pool, message, () => []);
    expect(pool.slots.free).toBe(1);
  });

  it('stays taken while it is retained', () => {
    const { pool, message } = oneMessage();
    const [hold] = push(pool, message, () => [message.retain()]);
    expect(pool.slots.free).toBe(0);
    release(hold as Hold);
    expect(pool.slots.free).toBe(1);
  });

  it('comes back with the last of several holders', () => {
    const { pool, message } = oneMessage();
    const [first, second] = push(pool, message, () => [message.retain(), message.retain()]);
    release(second as Hold);
    expect(pool.slots.free).toBe(0);
    release(first as Hold);
    expect(pool.slots.free).toBe(1);
  });

  it('is not given back by one holder for another: disposing twice is harmless', () => {
    const { pool, message } = oneMessage();
    const [first, second] = push(pool, message, () => [message.retain(), message.retain()]);
    release(first as Hold);
    release(first as Hold);
    expect(pool.slots.free).toBe(0);
    release(second as Hold);
    release(second as Hold);
    expect(pool.slots.stats()).toEqual({ free: 1, used: 0, beyond: 0, max: 1 });
  });

  it('comes back at the end of the dispatch when the hold was disposed within it', () => {
    const { pool, message } = oneMessage();
    push(pool, message, () => {
      release(message.retain());
      expect(pool.slots.free).toBe(0);
      return [];
    });
    expect(pool.slots.free).toBe(1);
  });
});

describe('a hold without effect', () => {
  it('is what retain() gives after the dispatch', () => {
    const { pool, message } = oneMessage();
    push(pool, message, () => []);
    const late = message.retain();
    expect(pool.slots.free).toBe(1);
    release(late);
    expect(pool.slots.free).toBe(1);
  });

  it('is what retain() gives after the dispatch, also while another holds', () => {
    const { pool, message } = oneMessage();
    const [hold] = push(pool, message, () => [message.retain()]);
    release(message.retain());
    expect(pool.slots.free).toBe(0);
    release(hold as Hold);
    expect(pool.slots.free).toBe(1);
  });

  it('is what retain() gives for a notification, which holds no slot', () => {
    const { pool } = oneMessage();
    const notice = pool.unslotted();
    notice.use = Use.dispatching;
    notice.holds = 1;
    release(notice.retain());
    expect(pool.slots.stats()).toEqual({ free: 0, used: 1, beyond: 0, max: 1 });
  });

  it('is what retain() gives for an owned message', () => {
    const { pool, message } = oneMessage();
    release(message.retain());
    expect(pool.slots.free).toBe(0);
    pool.put(message);
    expect(pool.slots.free).toBe(1);
  });
});

describe('a retained message', () => {
  const headers = 'name:value\r\n';
  const body = 'the body';

  /** A message read as a small part of a chunk of 64 KiB. */
  function readFromChunk(): { pool: MessagePool; message: EngineMessage; chunk: Buffer } {
    const pool = new MessagePool(new SlotPool(1, 1), () => undefined);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    chunk.write(headers + body, 1_000);
    const message = new EngineMessage(pool, 5, 0, 0, 0, 7, chunk, 1_000, headers.length, body.length);
    message.slot = 1;
    pool.slots.take();
    return { pool, message, chunk };
  }

  it('keeps its headers and body when nobody has looked at them', () => {
    const { pool, message, chunk } = readFromChunk();
    const [hold] = push(pool, message, () => [message.retain()]);
    chunk.fill('?');
    expect([...message.textHeaders]).toEqual([['name', 'value']]);
    expect(message.body.text()).toBe(body);
    release(hold as Hold);
  });

  it('keeps its headers and body when they were looked at before', () => {
    const { pool, message, chunk } = readFromChunk();
    const [hold] = push(pool, message, () => {
      expect(message.body.text()).toBe(body);
      expect(message.textHeaders.get('name')).toBe('value');
      return [message.retain()];
    });
    chunk.fill('?');
    expect(message.textHeaders.get('name')).toBe('value');
    expect(message.body.text()).toBe(body);
    release(hold as Hold);
  });

  it('lets go of the chunk that it was read in', () => {
    const { pool, message, chunk } = readFromChunk();
    const [hold] = push(pool, message, () => [message.retain()]);
    expect(message.body.bytes().buffer).not.toBe(chunk.buffer);
    expect(message.body.bytes().buffer.byteLength).toBeLessThan(chunk.length);
    release(hold as Hold);
  });
});
