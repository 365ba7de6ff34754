/** What the operators' types say: compiled, never run. */
import { Readable } from 'node:stream';
import {
  asyncScheduler,
  EMPTY,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  repeat,
  retry,
  type SchedulerLike,
} from 'rxjs';
import {
  type Backoff,
  backoff,
  type BinaryHeader,
  type ChannelGroup,
  chunked,
  fromEngine,
  fromPeers,
  keepAlive,
  type Message,
  type MessageWindow,
  ofChannel,
  ofOpCode,
  ofStatus,
  OpCode,
  type Peer,
  pooled,
  postFrom,
  reassemble,
  Status,
  windowByMessageId,
} from '../../lib/index.js';
import { expectType } from './expect-type.js';

declare const group: ChannelGroup;
declare const peer: Peer;
declare const window: MessageWindow;
declare const numbers$: Observable<number>;

export function filters(): void {
  expectType<Observable<Message>>()(group.pipe(ofOpCode(OpCode.Request, OpCode.Signal)));
  expectType<Observable<Message>>()(group.pipe(ofStatus(Status.channelClosed)));
  expectType<Observable<Message>>()(group.pipe(ofChannel(7)));
  expectType<Observable<Message>>()(group.pipe(fromPeers()));
  expectType<Observable<Message>>()(group.status$.pipe(fromEngine(), ofChannel(7)));
  expectType<Observable<Message>>()(window.pipe(ofOpCode(...[OpCode.Request])));

  // @ts-expect-error -- a name is no operation
  ofOpCode('Request');
  // @ts-expect-error -- 12 is none of the operations
  ofOpCode(12);
  // @ts-expect-error -- nor is 32 a status
  ofStatus(32);
  // @ts-expect-error -- a channel has a number
  ofChannel('7');
  // @ts-expect-error -- one channel
  ofChannel(7, 8);
  // @ts-expect-error -- which channel?
  ofChannel();
  // @ts-expect-error -- takes nothing
  fromPeers(7);
  // @ts-expect-error -- numbers are no messages
  numbers$.pipe(ofOpCode(OpCode.Request));
  // @ts-expect-error -- neither here
  numbers$.pipe(fromEngine());
}

export function waiting(): void {
  const delay = backoff(
    { initial: 10, max: 100, factor: 2, jitter: 0.1, random: Math.random },
    asyncScheduler,
  );
  expectType<Backoff>()(delay);
  expectType<Observable<number>>()(numbers$.pipe(retry({ delay, resetOnSuccess: true })));
  expectType<Observable<number>>()(numbers$.pipe(repeat({ delay })));
  expectType<Observable<number>>()(
    numbers$.pipe(retry({ delay: backoff() }), repeat({ delay: backoff({}) })),
  );
  expectType<Observable<0>>()(delay(new Error('lost'), 1));
  expectType<Observable<0>>()(delay(1));

  // @ts-expect-error -- times are numbers
  backoff({ initial: '10' });
  // @ts-expect-error -- random is called
  backoff({ random: 0.5 });
  // @ts-expect-error -- no such option
  backoff({ retries: 3 });
  // @ts-expect-error -- an engine's clock is no scheduler
  backoff({}, { now: () => 0, after: () => undefined, soon: () => undefined });
}

export function bytes(): void {
  expectType<Observable<Uint8Array>>()(of('text', new Uint8Array(1)).pipe(chunked()));
  expectType<Observable<Uint8Array>>()(of('text').pipe(chunked(1_024)));
  expectType<Observable<Uint8Array>>()(from([Buffer.from('a')]).pipe(chunked()));
  expectType<Observable<Uint8Array>>()(window.pipe(reassemble()));
  expectType<Observable<Uint8Array>>()(window.pipe(reassemble({ maxBytes: 1_024 })));
  expectType<Observable<Uint8Array>>()(
    group.pipe(
      windowByMessageId(),
      pooled(opened => opened.pipe(reassemble())),
    ),
  );
  expectType<Observable<number>>()(
    group.pipe(
      ofOpCode(OpCode.Request),
      windowByMessageId(),
      mergeMap(opened =>
        opened.pipe(
          reassemble(),
          map(whole => whole.length),
        ),
      ),
    ),
  );

  // @ts-expect-error -- numbers are neither bytes nor text
  numbers$.pipe(chunked());
  // @ts-expect-error -- a size is a number
  chunked('64k');
  // @ts-expect-error -- bytes are no messages: their bodies are
  of(new Uint8Array(1)).pipe(reassemble());
  // @ts-expect-error -- the limit has a name
  reassemble(1_024);
}

async function* rows(): AsyncGenerator<{ id: number }> {
  yield await Promise.resolve({ id: 1 });
}

export function posting(): void {
  expectType<Observable<BinaryHeader>>()(
    postFrom(group, rows(), (row, message, index) => {
      expectType<{ id: number }>()(row);
      expectType<Message>()(message);
      expectType<number>()(index);
    }),
  );
  postFrom(group, of('text'), text => {
    expectType<string>()(text);
  });
  postFrom(group, group, message => {
    expectType<Message>()(message);
  });
  postFrom(group, Readable.from([]), (chunk: Buffer, message) => {
    message.body.append(chunk);
  });

  // @ts-expect-error -- an array gives all at once: from() makes an Observable of it
  postFrom(group, ['a'], () => undefined);
  // @ts-expect-error -- a text is one value, not its letters
  postFrom(group, 'text', () => undefined);
  // @ts-expect-error -- the item is a number
  postFrom(group, numbers$, (text: string) => text);
  // @ts-expect-error -- a group posts, an engine does not
  postFrom({}, numbers$, () => undefined);
  // @ts-expect-error -- what is posted?
  postFrom(group, numbers$);
  postFrom(group, numbers$, (_number, message) => {
    // @ts-expect-error -- the engine says how it went
    message.status = Status.success;
  });
}

export function life(scheduler: SchedulerLike): void {
  expectType<Observable<never>>()(keepAlive(peer, { every: 1_000, within: 5_000 }));
  expectType<Observable<never>>()(keepAlive(peer, { every: 1_000, within: 5_000 }, scheduler));

  // @ts-expect-error -- how long may the silence last?
  keepAlive(peer, { every: 1_000 });
  // @ts-expect-error -- how often?
  keepAlive(peer, { within: 1_000 });
  // @ts-expect-error -- a group has many peers
  keepAlive(group, { every: 1_000, within: 5_000 });
  keepAlive(
    // @ts-expect-error -- a peer says when it has closed
    { messages$: EMPTY, heartbeat: () => undefined, isPaused: false },
    { every: 1_000, within: 5_000 },
  );
}
