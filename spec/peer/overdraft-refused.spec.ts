import { Subject } from 'rxjs';
import { type EngineOptions, type Hold, type Message, OpCode } from '../../lib/index.js';
import { booksOf } from '../support/books.js';
import { type VirtualEnds, virtualEnds } from '../support/credit-pairs.js';
import { post } from '../support/conversation.js';
import { frame, record } from '../support/peers.js';

const FRAME = 16;
/** Room for two bodies of four bytes. */
const ROOM = 2 * (FRAME + 4);
const ID = 2n ** 40n;

interface Waiting extends VirtualEnds {
  /** The server posts a part of a request by hand. */
  part(body: string, more: boolean, id?: bigint): void;
  /** What the client was shown, and what the server was answered. */
  readonly seen: string[];
  readonly answers: string[];
  letGo(): void;
}

/** A client on credit that waits for slots and for an answer, and has room to park two small frames unless it is said otherwise. */
async function waiting(options: EngineOptions = { maxParkedBytes: ROOM }): Promise<Waiting> {
  const client = { initialPoolMsgs: 1, maxPoolMsgs: 1, stallTimeout: Infinity, ...options };
  const ends = await virtualEnds({ client, credit: true });
  const { here, there, pass } = ends;
  const seen: string[] = [];
  const answers: string[] = [];
  const holds: Hold[] = [];
  const see = (message: Message): void => {
    if (message.opCode === OpCode.Request) seen.push(frame(message));
    if (message.opCode === OpCode.Signal && !message.isFromEngine()) holds.push(message.retain());
  };
  here.peer.messages$.subscribe(see);
  there.peer.messages$.subscribe(message => {
    if (message.opCode === OpCode.Response) answers.push(frame(message));
  });
  there.peer.requests$.subscribe();
  record(here.peer.request('ask', { timeout: 0 }));
  there.peer.signal('takes the slot');
  await pass();
  return {
    ...ends,
    seen,
    answers,
    part: (body, more, id = ID) => {
      post(there.engine, there.group, there.peer.channelNumber, OpCode.Request, { id, more, payload: body });
    },
    letGo: () => {
      for (const hold of holds.splice(0)) hold[Symbol.dispose]();
    },
  };
}

describe('an upload that was turned away while the channel waited', () => {
  it('is dropped with the parts that come later and would fit, at no cost of credit', async () => {
    const { here, there, pass, part, seen, answers, letGo } = await waiting();
    part('x'.repeat(100), true);
    part('fits', true);
    part('fits', true);
    await pass();
    expect(answers).toEqual(['Response rx-error:busy']);
    expect(here.channel.reader.overdraft.parkedBytes).toBe(0);
    // The Signal that holds the slot alone.
    expect(booksOf(here, there).held).toBe(1);
    part('last', false);
    await pass();
    letGo();
    await pass();
    expect(seen).toEqual([]);
  });

  it('leaves its id free behind the last part', async () => {
    const { here, pass, part, answers, seen, letGo } = await waiting();
    here.peer.respond(() => 'handled');
    part('x'.repeat(100), true);
    part('last', false);
    part('anew', false);
    await pass();
    expect(here.channel.reader.overdraft.parkedBytes).toBe(FRAME + 4);
    letGo();
    await pass();
    expect(seen).toEqual(['Request "anew"']);
    expect(answers).toEqual(['Response rx-error:busy', 'Response "handled"']);
  });
});

it('a request is not taken for the rest of a refused one with its id, the end of which is parked before it', async () => {
  const { here, there, pass, part, answers, seen, letGo } = await waiting({ maxRequests: 1 });
  const running = new Subject<string>();
  here.peer.respond(request => {
    request.release();
    return request.first.body.text() === 'runs' ? running : 'handled';
  });
  part('runs', false, ID + 1n);
  part('more', true);
  there.peer.signal('takes the slot between the two parts');
  part('last', false);
  await pass();
  letGo();
  await pass();
  // The first part was refused, the last one waits.
  expect([answers, seen]).toEqual([['Response rx-error:busy'], ['Request "runs"', 'Request+ "more"']]);
  running.complete();
  part('anew', false);
  await pass();
  letGo();
  await pass();
  expect(seen.slice(2)).toEqual(['Request "last"', 'Request "anew"']);
  expect(answers.slice(1)).toEqual(['Response rx-end:1', 'Response "handled"']);
});
