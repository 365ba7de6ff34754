import { concat, map, of, Subject, toArray } from 'rxjs';
import { listen, OpCode, tcpServer } from '../../lib/index.js';
import { expectBalanced } from '../support/books.js';
import { virtualEnds } from '../support/credit-pairs.js';
import { comesTrue, eventually } from '../support/eventually.js';
import { frame, requestFrames } from '../support/frames.js';
import { record, sideForSpec } from '../support/peers.js';
import { RawPeer } from '../support/raw-peer.js';

/** More slots than the window has messages: what is short here is credit. */
const ROOMY = { initialPoolMsgs: 256, maxPoolMsgs: 256 };

/** As many as a window has messages. */
const WINDOW = 64;

describe('a peer that is out of credit', () => {
  it('gets more for the rest of uploads whose first parts took all of it', async () => {
    const { here, there, pass } = await virtualEnds({ client: ROOMY, server: ROOMY, credit: true });
    there.peer.respond(request =>
      request.pipe(
        toArray(),
        map(parts => String(parts.length)),
      ),
    );
    const rests = Array.from({ length: WINDOW }, () => new Subject<string>());
    const replies = rests.map(rest => record(here.peer.request(concat(of('first'), rest), { timeout: 0 })));
    await pass();
    for (const rest of rests) {
      rest.next('second');
      rest.complete();
    }
    await pass();
    expect(replies.map(({ lines }) => lines)).toEqual(rests.map(() => ['Response "2"', '|']));
    expectBalanced(here, there);
  });

  it('gets more for the rest of an upload that stands behind requests that wait for their turn', async () => {
    const { here, there, pass } = await virtualEnds({ client: ROOMY, server: ROOMY, credit: true });
    const read = (parts: number): string => `read ${String(parts)}`;
    there.peer.respond(
      request =>
        request.pipe(
          toArray(),
          map(parts => read(parts.length)),
        ),
      { concurrency: 1 },
    );
    const rest = new Subject<string>();
    const upload = record(here.peer.request(concat(of('first'), rest), { timeout: 0 }));
    const behind = Array.from({ length: WINDOW }, () => record(here.peer.request('behind', { timeout: 0 })));
    await pass();
    rest.next('second');
    rest.complete();
    await pass();
    expect(upload.lines).toEqual(['Response "read 2"', '|']);
    await pass(100);
    expect(behind.map(({ lines }) => lines)).toEqual(behind.map(() => ['Response "read 1"', '|']));
    expectBalanced(here, there);
  });

  it('is heard saying bye before the grant that its requests’ replies wait for', async () => {
    const tight = { initialPoolMsgs: 1, maxPoolMsgs: 1, maxWindow: 1 };
    const { here, there, pass } = await virtualEnds({ client: tight, server: tight, credit: true });
    there.peer.respond(() => 'answer');
    record(here.peer.request('x'.repeat(20_000), { timeout: 0 })).unsubscribe();
    const asked = record(there.peer.request('ask', { timeout: 0 }));
    void here.peer.bye();
    void there.peer.bye();
    const ends = [here, there].map(({ peer }) => record(peer.closed$));
    await pass(100);
    expect(ends.map(({ lines }) => lines.at(-1))).toEqual(['|', '|']);
    expect(asked.lines).toEqual([expect.stringMatching(/^# channel_closed/)]);
  });

  it.each([
    ['its FIN', (raw: RawPeer): void => raw.fin(), ['']],
    [
      'a fault of its own',
      (raw: RawPeer): void => {
        raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: 9 }));
      },
      ['', ''],
    ],
  ])('ends with %s, though replies wait for its grants and hold every slot', async (_, end, engines) => {
    const { group } = sideForSpec({ initialPoolMsgs: 2, maxPoolMsgs: 2 });
    let port = 0;
    const ended: string[][] = [];
    const messages: string[] = [];
    listen(group, tcpServer('127.0.0.1', 0)).subscribe(listener => {
      port = Number(listener.address.toString().split('|')[2]);
      listener.peers$.subscribe(peer => {
        ended.push(record(peer.closed$).lines);
        peer.messages$.subscribe(message => messages.push(message.body.text()));
        peer.respond(() => 'answer');
      });
    });
    await comesTrue(() => port > 0);
    const raw = await RawPeer.connect({ port });
    raw.write(
      frame({ opCode: OpCode.HelloRequest, id: 1, headers: 'rx-window:1\r\n' }).toString('hex'),
      requestFrames([2, 3, 4, 5, 6], 'ask').toString('hex'),
    );
    await eventually('three are delivered', () => messages.length >= 3);
    end(raw);
    await comesTrue(() => ended[0]?.at(-1) === '|');
    expect(messages.slice(0, 5)).toEqual(['ask', 'ask', 'ask', 'ask', 'ask']);
    // What comes back, and the engine's own, which have no body.
    expect(messages.slice(5).sort()).toEqual([...engines, 'answer', 'answer']);
  });
});
