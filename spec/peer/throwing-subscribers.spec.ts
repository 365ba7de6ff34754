import { finalize, type Observable, Subject, Subscriber, type Subscription } from 'rxjs';
import { type Message, type Peer, windowByMessageId } from '../../lib/index.js';
import { record, virtualPair } from '../support/peers.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';

/** A Subscriber that somebody made by hand: what it throws is caught by nobody. */
class Throwing extends Subscriber<unknown> {
  seen = 0;

  constructor() {
    super();
  }

  protected override _next(): void {
    this.seen++;
    throw new Error('subscriber');
  }

  protected override _complete(): void {
    throw new Error('subscriber');
  }
}

const ways: [string, (stream: Observable<unknown>) => Subscription][] = [
  ['made by hand', stream => stream.subscribe(new Throwing())],
  [
    'with a teardown that throws',
    stream =>
      stream
        .pipe(
          finalize(() => {
            throw new Error('subscriber');
          }),
        )
        .subscribe(),
  ],
];

const { reported } = collectUnhandledErrors();

/** What was thrown was reported, and nothing else. */
async function expectReports(): Promise<void> {
  const errors = await reported();
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) expect(String(error)).toMatch(/Error: subscriber/);
}

describe.each(ways)('a subscriber %s', (_name, subscribeBadly) => {
  it.each<[string, (peer: Peer) => Observable<unknown>]>([
    ['closed$', peer => peer.closed$],
    ['messages$', peer => peer.messages$],
  ])('of %s keeps nobody from hearing of the end', async (_stream, of) => {
    const { here, client, pass } = await virtualPair();
    subscribeBadly(of(here));
    const closed = record(here.closed$);
    here.abort();
    await pass();
    expect(closed.lines).toEqual(['Signal', '|']);
    expect(client.connecting.lines).toEqual(['Peer', '|']);
    await expectReports();
  });

  it('of a window keeps nothing from the windows behind it', async () => {
    const { here, server, pass } = await virtualPair();
    const read: string[] = [];
    const subscription = server.group.pipe(windowByMessageId()).subscribe(window => {
      read.push(window.first.body.text());
      subscribeBadly(window);
    });
    for (const body of ['a', 'b', 'c']) here.signal(body);
    await pass();
    expect(read).toEqual(['a', 'b', 'c']);
    expect(subscription.closed).toBe(false);
    subscription.unsubscribe();
    await expectReports();
  });
});

describe('a subscriber that throws at each value', () => {
  it('of requests$ gets those that waited, and those that come', async () => {
    const { here, there, pass } = await virtualPair();
    const requests = ['a', 'b', 'c'].map(body => record(here.request(body)));
    await pass();
    const subscriber = new Throwing();
    there.requests$.subscribe(subscriber);
    expect(subscriber.seen).toBe(3);
    requests.push(record(here.request('d')));
    await pass();
    expect(subscriber.seen).toBe(4);
    for (const request of requests) request.unsubscribe();
    await expectReports();
  });

  it.each([
    ['from its beginning', 0],
    ['late', 2],
  ])('of a window gets all of it, read %s', async (_when, after) => {
    const { here, there, pass } = await virtualPair();
    const subscriber = new Throwing();
    let seen = 0;
    const read = (window: Observable<Message>): void => void window.subscribe(subscriber);
    const windows: Observable<Message>[] = [];
    there.requests$.subscribe(window => windows.push(window));
    const source = new Subject<string>();
    const request = record(here.request(source));
    for (const body of ['a', 'b', 'c', 'd']) {
      if (windows.length > 0 && seen++ === after) read(windows[0] as Observable<Message>);
      source.next(body);
      await pass();
    }
    expect(subscriber.seen).toBe(4);
    request.unsubscribe();
    subscriber.unsubscribe();
    await expectReports();
  });
});
