// What the tour's server does with Signals: documents in parts, and work that takes its time.
import { createHash } from 'node:crypto';
import { defer, filter, finalize, ignoreElements, map, merge, tap, timer } from 'rxjs';
import { OpCode, pooled, reassemble, windowByMessageId } from 'rxtofu';

const AT_ONCE = 4;
const SLOW_MS = 2;

/** Puts documents together whose parts arrive in turn, and answers each with its SHA-256, on its id. */
export function readDocuments(peer) {
  return peer.messages$.pipe(
    // The engine's messages, too: channel_closed is what ends the windows of a dead channel.
    filter(message => message.isFromEngine() || message.opCode === OpCode.Signal),
    windowByMessageId(),
    pooled(
      window =>
        window.pipe(
          reassemble(),
          map(bytes => createHash('sha256').update(bytes).digest('hex')),
          tap(sha256 => peer.signal(sha256, { messageId: window.messageId })),
        ),
      Infinity,
    ),
    ignoreElements(),
  );
}

/** Four Signals and four requests at a time, a moment each; the answers tell how things stood. */
export function workSlowly(engine) {
  return peer => {
    const signals$ = peer.signals$.pipe(
      // Those that wait keep their slots. Behind mergeMap they would queue here without bound.
      pooled(signal => timer(SLOW_MS).pipe(map(() => signal.messageId)), AT_ONCE),
      tap(messageId => {
        const { used, beyond, max } = engine.pool.stats();
        peer.signal('', { messageId, headers: { held: String(used + beyond), max: String(max) } });
      }),
      ignoreElements(),
    );

    let running = 0;
    const requests$ = peer.serve(
      () =>
        defer(() => {
          running++;
          return timer(SLOW_MS).pipe(
            map(() => String(running)),
            finalize(() => running--),
          );
        }),
      { concurrency: AT_ONCE },
    );
    return merge(signals$, requests$);
  };
}
