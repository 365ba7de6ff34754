import { delay, filter, type Observable, of } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { OpCode, pooled, Status } from '../../lib/index.js';
import { lineOf } from '../support/conversation.js';
import { inNetwork, LINES } from '../support/virtual-party.js';
import { thrownBy } from '../support/virtual-time.js';
import { warningsOf } from '../support/warnings.js';

const { Signal, ByeSignal } = OpCode;

/** The lines of a group but those that say that its slots are all held. */
function withoutPoolEmpty(lines$: Observable<string>): Observable<string> {
  return lines$.pipe(filter(line => !line.includes('pool_empty')));
}

describe('back-pressure', () => {
  const engines = { initialPoolMsgs: 4, maxPoolMsgs: 4, maxQueuedBytes: 16 * 1024 };

  it('reaches a sender whose reader does not read, and lets it go on in the frame in which it does', () => {
    inNetwork({ latency: 2, engines }, ({ server, client, at }) => {
      server.listen();
      const channel = client.dial();
      const heard: number[] = [];
      const outcomes: unknown[] = [];
      let posted = 0;
      const postTen = (): void => {
        for (let n = 0; n < 10; n++) {
          client.post(channel, Signal, Buffer.alloc(1_000, posted));
          posted++;
        }
      };
      for (let frame = 10; frame < 40; frame++) at(frame, () => outcomes.push(thrownBy(postTen)));
      at(50, () => {
        // Four frames were read; 64 KiB and what was under way then lie before the reader; 16 KiB wait in the queue.
        expect(outcomes.filter(outcome => outcome === 'pool_empty').length).toBeGreaterThan(10);
        expect(posted).toBeGreaterThan(80);
        expect(posted).toBeLessThan(130);
        expect(client.engine.stats().queuedBytes).toBeGreaterThan(14 * 1024);
        expect(server.engine.stats()).toMatchObject({ pausedChannels: 1, slots: { used: 4, beyond: 0 } });
        server.group.subscribe(message => {
          if (message.opCode === Signal && message.isFromApplication())
            heard.push(message.body.bytes()[0] as number);
        });
      });
      at(51, () => {
        expect(client.engine.stats().queuedBytes).toBe(0);
        postTen();
      });
      at(54, () => {
        expect(heard).toEqual([...Array(posted).keys()]);
      });
    });
  });

  it('leaves a paused reader blind for the end of its connection', () => {
    inNetwork({ latency: 2, engines }, ({ server, client, expectObservable, at }) => {
      server.listen();
      const channel = client.dial();
      for (let n = 0; n < 6; n++) client.post(channel, Signal, 'tick');
      at(6, () => client.post(channel, ByeSignal));
      at(20, () => {
        expect(server.engine.stats().channels).toMatchObject({ ready: 1, closing: 0 });
      });
      expectObservable(withoutPoolEmpty(server.lines$), '30ms ^').toBe('30ms (whssssssC)', LINES);
    });
  });

  it('for good leaves nothing that would keep a run going', () => {
    const warnings = warningsOf('RXTOFU_STALLED');
    const schedulers: TestScheduler[] = [];
    inNetwork({ engines }, ({ server, client, scheduler }) => {
      server.listen();
      const channel = client.dial();
      for (let n = 0; n < 6; n++) client.post(channel, Signal, 'tick');
      schedulers.push(scheduler);
    });
    expect(schedulers.map(({ frame, actions }) => [frame <= 30_000, actions])).toEqual([[true, []]]);
    expect(warnings).toHaveLength(1);
  });

  it.each([1, 7, 'random'] as const)('changes no frame with cuts of %s bytes', chunk => {
    inNetwork({ latency: 2, chunk, engines }, ({ server, client, expectObservable, at }) => {
      server.listen();
      const channel = client.dial();
      for (let n = 0; n < 6; n++) client.post(channel, Signal, 'tick');
      const slowly$ = server.group.pipe(
        filter(message => message.status !== Status.poolEmpty),
        pooled(message => of(lineOf(message)).pipe(delay(3))),
      );
      at(5, () => client.post(channel, Signal, 'tick'));
      expectObservable(slowly$).toBe('---w--h--s--s--s--s--s--s--s', LINES);
    });
  });
});
