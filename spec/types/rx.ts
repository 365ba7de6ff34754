/** What the types of groups, engines and pools say: compiled, never run. */
import { type Observable, type Subject, take } from 'rxjs';
import {
  type BinaryHeader,
  type ChannelGroup,
  type CloseEvent,
  createEngine,
  type Engine,
  type EngineStats,
  type Message,
  type PoolEvent,
  type RequestEndEvent,
  type RequestStartEvent,
  type SlotStats,
  type Status,
} from '../../lib/index.js';
import { expectType } from './expect-type.js';

declare const engine: Engine;
declare const group: ChannelGroup;
declare const message: Message;
declare const numbers$: Observable<number>;
declare const messages$: Observable<Message>;

export function events(close: CloseEvent, pool: PoolEvent, end: RequestEndEvent): void {
  expectType<Engine>()(close.engine);
  expectType<Status>()(close.status);
  expectType<SlotStats>()(pool.slots);
  expectType<'completed' | 'cancelled' | 'failed'>()(end.outcome);
  expectType<bigint>()(end.messageId);
  // What was begun with a start is found again by its end.
  new WeakMap<RequestStartEvent, number>().get(end);
}

export function engines(): void {
  expectType<Engine>()(createEngine({ maxPoolMsgs: 64 }));
  expectType<Message>()(engine.get());
  expectType<Message>()(engine.get('always'));
  expectType<Message | null>()(engine.get('poolOnly'));
  expectType<EngineStats>()(engine.stats());
  expectType<SlotStats>()(engine.pool.stats());
  expectType<Observable<number>>()(engine.pool.available$);
  engine.put(null);
  engine.put(undefined);

  // @ts-expect-error -- there are two strategies
  engine.get('sometimes');
  // @ts-expect-error -- numbers are numbers
  createEngine({ maxPoolMsgs: '64' });
  // @ts-expect-error -- a snapshot
  engine.stats().messagesIn = 0;
}

export function groups(): void {
  expectType<BinaryHeader>()(group.post(message));
  expectType<bigint>()(group.post(message).messageId);
  expectType<Observable<Message>>()(group.pipe(take(1)));
  expectType<Observable<Message>>()(group.status$);
  expectType<Subject<Message>>()(group.sink);
  expectType<Promise<Message | null>>()(group.waitReceive(0));
  expectType<Disposable>()(
    group.claim(1, claimed => {
      expectType<Message>()(claimed);
    }),
  );
  messages$.subscribe(group.sink);
  group.updateReceiver();
  group.updateReceiver(message);
  message.messageId = 7;
  message.messageId = 7n;
  expectType<bigint>()(message.messageId);

  // @ts-expect-error -- post takes messages
  group.post('hello');
  // @ts-expect-error -- and the sink takes them, too
  numbers$.subscribe(group.sink);
  // @ts-expect-error -- a header is what was assigned
  group.post(message).channelNumber = 7;
  // @ts-expect-error -- who made a message is not to be chosen
  message.origin = 1;
  // @ts-expect-error -- 12 is none of the operations
  message.opCode = 12;
}

export async function pulls(): Promise<void> {
  for await (const pulled of group) expectType<Message>()(pulled);
  using own = engine.get();
  await using ended = group;
  expectType<ChannelGroup>()(ended);
  expectType<Message>()(own);
}
