import fc from 'fast-check';
import { Inbox } from '../../lib/engine/inbox.js';
import { poolEmpty, receiverUpdate } from '../../lib/engine/notices.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { Status } from '../../lib/message/status.js';
import { MessagePool } from '../../lib/pool/message-pool.js';
import { SlotPool } from '../../lib/pool/slot-pool.js';
import { freshMessage } from '../support/messages.js';

const pool = new MessagePool(
  new SlotPool(1, 1),
  () => undefined,
  () => undefined,
);

describe('the inbox', () => {
  it('is empty at first', () => {
    const inbox = new Inbox();
    expect(inbox.length).toBe(0);
    expect(inbox.shift()).toBeUndefined();
  });

  it('gives messages in the order they came', () => {
    const inbox = new Inbox();
    const messages = [freshMessage(), freshMessage(), freshMessage()];
    for (const message of messages) inbox.push(message);
    expect([inbox.shift(), inbox.shift(), inbox.shift(), inbox.shift()]).toEqual([...messages, undefined]);
  });

  it('is as a list, whatever comes and goes', () => {
    // Long runs of each, so that the taken half is dropped at times.
    const run = fc.record({ come: fc.nat({ max: 300 }), go: fc.nat({ max: 300 }) });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), runs => {
        const inbox = new Inbox();
        const list: EngineMessage[] = [];
        for (const { come, go } of runs) {
          for (let n = 0; n < come; n++) {
            const message = freshMessage();
            inbox.push(message);
            list.push(message);
          }
          for (let n = 0; n < go; n++) {
            if (inbox.shift() !== list.shift()) throw new Error('out of order');
          }
          expect(inbox.length).toBe(list.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes from among very many without moving the others each time', () => {
    const inbox = new Inbox();
    const message = freshMessage();
    for (let n = 0; n < 300_000; n++) inbox.push(message);
    for (let n = 0; n < 300_000; n++) inbox.shift();
    expect(inbox.length).toBe(0);
  });

  it('knows whether a pool_empty waits in it', () => {
    const inbox = new Inbox();
    inbox.push(freshMessage());
    inbox.push(receiverUpdate(pool));
    expect(inbox.hasPoolEmpty()).toBe(false);
    inbox.push(poolEmpty(pool));
    inbox.push(freshMessage());
    expect(inbox.hasPoolEmpty()).toBe(true);
    inbox.shift();
    inbox.shift();
    expect(inbox.hasPoolEmpty()).toBe(true);
    expect(inbox.shift()?.status).toBe(Status.poolEmpty);
    expect(inbox.hasPoolEmpty()).toBe(false);
  });
});
