import { map, merge, mergeMap, NEVER, type Observable, Subject, switchMap, tap, timer } from 'rxjs';
import { connect, type Peer, tcpClient } from '../../../lib/index.js';
import { type Conversation, forEveryCut, peersOf, said } from '../../support/every-cut.js';
import { codes } from '../../support/virtual-time.js';

interface Both {
  /** What becomes of `connect`. */
  readonly connecting$: Observable<string>;
  /** When the channel of the side that listens closes. */
  readonly thereCloses$: Observable<string>;
  here(): Peer;
  there(): Peer;
}

/** Connects; what `use` does with the Peer that came is done in its frame. */
function both({ server, client }: Conversation, use: (there: Peer) => void = () => undefined): Both {
  let here: Peer | undefined;
  let there: Peer | undefined;
  return {
    connecting$: connect(client.group, tcpClient()).pipe(
      tap(peer => (here = peer)),
      map(() => 'p'),
      codes(),
    ),
    thereCloses$: peersOf(server).pipe(
      tap(peer => {
        there = peer;
        use(peer);
      }),
      mergeMap(peer => peer.closed$),
      map(() => 'c'),
    ),
    here: () => here as Peer,
    there: () => there as Peer,
  };
}

describe('bye', () => {
  it('closes its asker in the frame of the answer, and the other side when the asker has closed', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { at, expectObservable } = conversation;
      const { connecting$, thereCloses$, here } = both(conversation);
      expectObservable(thereCloses$).toBe('----------------c');
      expectObservable(connecting$).toBe(' ----p---------|');
      at(10, () => void here().bye());
    });
  });

  it('waits for a handler that runs, whose reply goes ahead of it', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { at, expectObservable } = conversation;
      const { connecting$, thereCloses$, here, there } = both(conversation, peer =>
        peer.respond(() => timer(20).pipe(map(() => 'done'))),
      );
      const reply = new Subject<string>();
      at(6, () => said(here().request('a long job')).subscribe(reply));
      at(10, () => void there().bye());
      const late = new Subject<string>();
      at(15, () => said(here().request('another')).subscribe(late));
      // The handler ends at 28; its reply and the ByeRequest come at 30, the answer at 32, the end of the stream at 34.
      expectObservable(reply).toBe('30ms (d|)', { d: 'done' });
      expectObservable(late).toBe('19ms #', undefined, 'processing_failed');
      expectObservable(thereCloses$).toBe('32ms c');
      expectObservable(connecting$).toBe('----p 29ms |');
    });
  });

  it('waits for the replies to what its asker has asked', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { at, expectObservable } = conversation;
      const { connecting$, thereCloses$, here } = both(conversation, peer =>
        peer.respond(() => timer(20).pipe(map(() => 'done'))),
      );
      const reply = new Subject<string>();
      at(6, () => {
        said(here().request('a long job')).subscribe(reply);
        void here().bye();
      });
      expectObservable(reply).toBe('30ms (d|)', { d: 'done' });
      expectObservable(connecting$).toBe('----p 29ms |');
      expectObservable(thereCloses$).toBe('36ms c');
    });
  });

  it('said by both at once closes both in the frame of the answers', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { at, expectObservable } = conversation;
      const { connecting$, thereCloses$, here, there } = both(conversation);
      at(10, () => {
        void here().bye();
        void there().bye();
      });
      expectObservable(thereCloses$).toBe('--------------c');
      expectObservable(connecting$).toBe(' ----p---------|');
    });
  });

  it('into a partition is given up after byeTimeout', () => {
    forEveryCut({ latency: 2, client: { byeTimeout: 30 }, server: { byeTimeout: 30 } }, conversation => {
      const { net, server, client, at, expectObservable } = conversation;
      const { connecting$, thereCloses$, here } = both(conversation);
      at(10, () => {
        net.partition(server.engine, client.engine);
        void here().bye();
      });
      at(60, () => {
        net.heal(server.engine, client.engine);
      });
      expectObservable(connecting$).toBe('----p 35ms |');
      expectObservable(thereCloses$).toBe('62ms c');
    });
  });

  it('in the background, of who unsubscribes from connect, cancels its requests', () => {
    forEveryCut({ latency: 2 }, conversation => {
      const { server, client, cold, expectObservable, expectSubscriptions } = conversation;
      const ticks = cold('t---t---t---t');
      const there$ = peersOf(server).pipe(
        mergeMap(peer =>
          merge(
            peer.serve(() => ticks),
            peer.closed$,
          ),
        ),
        map(() => 'c'),
      );
      const ticks$ = connect(client.group, tcpClient()).pipe(
        switchMap(peer =>
          said(peer.request('go on')).pipe((reply$: Observable<string>) => merge(reply$, NEVER)),
        ),
      );
      // Left at 13: heard there at 15, answered at once; the end of the stream comes at 19.
      expectObservable(ticks$, '^ 12ms !').toBe('--------t---t');
      expectSubscriptions(ticks.subscriptions).toBe('------^--------!');
      expectObservable(there$).toBe('19ms c');
    });
  });
});
