import { combineLatest, forkJoin, Subscriber, take, throwError } from 'rxjs';
import { type ChannelGroup, type Engine, type Message } from '../../lib/index.js';
import { engineForSpec } from '../support/engines.js';
import { hear, held, tell, text } from '../support/told.js';

let engine: Engine;
let group: ChannelGroup;

beforeEach(() => {
  engine = engineForSpec();
  group = engine.createGroup();
});

describe('the inbox', () => {
  it('is delivered inside the first subscribe, in order', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    hear(group, log, 'a');
    log.push('subscribed');
    expect(log).toEqual(['a1', 'a2', 'a3', 'subscribed']);
  });

  it('keeps slots until it is delivered', () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    expect(held(engine)).toBe(2);
    group.subscribe();
    expect(held(engine)).toBe(0);
  });

  it('is not delivered again to a second subscriber', () => {
    tell(engine, group, '1');
    const log: string[] = [];
    hear(group, log, 'a');
    hear(group, log, 'b');
    expect(log).toEqual(['a1']);
  });

  it('keeps the rest when its reader leaves midway', async () => {
    for (const word of ['1', '2', '3', '4']) tell(engine, group, word);
    const log: string[] = [];
    group.pipe(take(1)).subscribe(message => log.push(`a${text(message)}`));
    expect(held(engine)).toBe(3);
    const pulled = await group.waitReceive(0);
    log.push(`pulled ${text(pulled as Message)}`);
    engine.put(pulled);
    hear(group, log, 'b');
    expect(log).toEqual(['a1', 'pulled 2', 'b3', 'b4']);
    expect(held(engine)).toBe(0);
  });

  it('fills again when the last subscriber has left', () => {
    const log: string[] = [];
    const a = hear(group, log, 'a');
    tell(engine, group, '1');
    a.unsubscribe();
    tell(engine, group, '2');
    expect(held(engine)).toBe(1);
    hear(group, log, 'b');
    expect(log).toEqual(['a1', 'b2']);
  });

  it('is passed on to who is subscribed in the next of who leaves', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    const first = new Subscriber<Message>({
      next: (message: Message) => {
        log.push(`a${text(message)}`);
        first.unsubscribe();
        hear(group, log, 'b');
      },
      error: () => undefined,
      complete: () => undefined,
    });
    group.subscribe(first);
    expect(log).toEqual(['a1', 'b2', 'b3']);
    expect(held(engine)).toBe(0);
  });

  it('shows the rest of it to who is added in next', () => {
    for (const word of ['1', '2', '3']) tell(engine, group, word);
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) !== '2') return;
      hear(group, log, 'b');
      log.push('added');
    });
    expect(log).toEqual(['a1', 'a2', 'added', 'a3', 'b3']);
  });

  it('comes before what is told while it is delivered', () => {
    tell(engine, group, '1');
    tell(engine, group, '2');
    const log: string[] = [];
    hear(group, log, 'a', message => {
      if (text(message) === '1') tell(engine, group, '3');
    });
    expect(log).toEqual(['a1', 'a2', 'a3']);
  });

  it('loses nothing to a subscriber that is closed already', () => {
    tell(engine, group, '1');
    const closed = new Subscriber<Message>();
    closed.unsubscribe();
    group.subscribe(closed);
    const failed = throwError((): unknown => new Error('first'));
    combineLatest([failed, group]).subscribe({ error: () => undefined });
    forkJoin([failed, group]).subscribe({ error: () => undefined });
    expect(held(engine)).toBe(1);
    const log: string[] = [];
    hear(group, log, 'a');
    tell(engine, group, '2');
    expect(log).toEqual(['a1', 'a2']);
  });
});
