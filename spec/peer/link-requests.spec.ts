import { NEVER } from 'rxjs';
import { inLinkWorld, text } from '../support/link-world.js';

describe('a request of a Link', () => {
  it('waits for the next Peer, and goes to the one of now', () => {
    inLinkWorld(({ serve, link, at, expectObservable }) => {
      const kept = link();
      at(5, () => {
        serve(request => request.first.body.text().toUpperCase());
      });
      // The second try, at 12, stands at 14; the reply takes 2 ms.
      expectObservable(text(kept.request('early'))).toBe('16ms (a|)', { a: 'EARLY' });
      expectObservable(text(kept.request('late')), '30ms ^').toBe('32ms (a|)', { a: 'LATE' });
      at(60, () => void kept.close());
    });
  });

  it('waits within its time-out', () => {
    inLinkWorld(({ link, at, expectObservable }) => {
      const kept = link();
      expectObservable(text(kept.request('ping', { timeout: 25 }))).toBe(
        '25ms #',
        {},
        'communication_failed',
      );
      expectObservable(text(kept.request('ping', { timeout: 0 }))).toBe('90ms #', {}, 'channel_closed');
      at(90, () => void kept.close());
    });
  });

  it('errors with channel_closed when the connection is lost meanwhile', () => {
    inLinkWorld(({ serve, link, at, net, expectObservable }) => {
      serve(() => NEVER);
      const kept = link();
      kept.peer$.subscribe(peer => {
        at(10, () => {
          net.disconnect(peer);
        });
      });
      expectObservable(text(kept.request('ping'))).toBe('12ms #', {}, 'channel_closed');
      at(15, () => void kept.close());
    });
  });

  it('is given up by its signal while it waits, and leaves no listener on it', () => {
    inLinkWorld(({ link, at, expectObservable }) => {
      const kept = link();
      const controller = new AbortController();
      const remove = jest.spyOn(controller.signal, 'removeEventListener');
      const reply$ = text(kept.request('ping', { signal: controller.signal }));
      expectObservable(reply$).toBe('5ms #', {}, 'enough');
      at(5, () => {
        controller.abort(new Error('enough'));
      });
      at(8, () => {
        expect(remove).toHaveBeenCalled();
        void kept.close();
      });
    });
  });

  it('is sent anew by each subscription', () => {
    inLinkWorld(({ serve, link, at, expectObservable }) => {
      let served = 0;
      serve(() => String(++served));
      const kept = link();
      const reply$ = text(kept.request('ping'));
      expectObservable(reply$).toBe('----(1|)');
      expectObservable(reply$, '9ms ^').toBe('11ms (2|)');
      at(30, () => void kept.close());
    });
  });
});
