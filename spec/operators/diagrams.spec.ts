import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  defer,
  map,
  mergeMap,
  type Observable,
  retry,
  skip,
  Subject,
  take,
  tap,
  type UnaryFunction,
} from 'rxjs';
import * as rxtofu from '../../lib/index.js';
import { type Message, type MessageWindow, ofOpCode, OpCode, tcpClient, tcpServer } from '../../lib/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { type Arrival, closed, last, part, textOf } from '../support/dispatch.js';
import { FakePeer, values } from '../support/fake-peer.js';
import { runWithPool } from '../support/pool-marbles.js';
import { codes, marbles } from '../support/virtual-time.js';

const root = dirname(dirname(__dirname));

/** A diagram as docs/marbles/diagrams.json has it: what is drawn is what is run here. */
interface Diagram {
  readonly call: string;
  readonly letters: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly name: string; readonly marbles: string }[];
}

const diagrams = JSON.parse(readFileSync(join(root, 'docs', 'marbles', 'diagrams.json'), 'utf8')) as Record<
  string,
  Diagram
>;

/** What the words under a diagram mean. */
const ARRIVALS: Readonly<Record<string, Arrival>> = {
  'a message': last(''),
  'a Request': last(''),
  'a Response': last('', { opCode: OpCode.Response }),
  'a Signal': last('', { opCode: OpCode.Signal }),
  'on channel 1': last(''),
  'on channel 2': last('', { channel: 2 }),
  channel_closed: closed(),
  'channel_closed of channel 1': closed(1),
  connect_failed: last('', { says: 'connect_failed' }),
  'part, id 1': part(''),
  'last, id 1': last(''),
  'part, id 2': part('', { id: 2 }),
  'last, id 2': last('', { id: 2 }),
};

/** Runs one diagram, and holds that all of its rows were run. */
class Run {
  readonly #diagram: Diagram;
  readonly #unused: Set<string>;

  constructor(name: string) {
    const diagram = diagrams[name];
    if (diagram === undefined) throw new Error(`no diagram of ${name}`);
    this.#diagram = diagram;
    this.#unused = new Set(diagram.rows.map(row => row.name));
  }

  row(name: string): string {
    const found = this.#diagram.rows.find(row => row.name === name);
    if (found === undefined) throw new Error(`no row ${name}`);
    this.#unused.delete(name);
    return found.marbles;
  }

  /** The letters that are messages, each with itself as its text. */
  arrivals(): Record<string, Arrival> {
    const known = Object.entries(this.letters(words => ARRIVALS[words]));
    return Object.fromEntries(
      known.flatMap(([letter, arrival]) => (arrival ? [[letter, { ...arrival, text: letter }]] : [])),
    );
  }

  /** The letters as bytes of that number. */
  bytes(): Record<string, Uint8Array> {
    return this.letters(words => new Uint8Array(Number.parseInt(words)));
  }

  letters<T>(f: (words: string) => T): Record<string, T> {
    return Object.fromEntries(
      Object.entries(this.#diagram.letters).map(([letter, words]) => [letter, f(words)]),
    );
  }

  /** What stands in the box, evaluated. */
  call<T>(scope: Readonly<Record<string, unknown>> = {}): T {
    const names = { ...rxtofu, retry, ...scope };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text that is drawn is the one that is run
    const evaluate = new Function(...Object.keys(names), `return ${this.#diagram.call}`) as (
      ...values: unknown[]
    ) => T;
    return evaluate(...Object.values(names));
  }

  done(): void {
    expect([...this.#unused]).toEqual([]);
  }
}

type Operator<T, R> = UnaryFunction<Observable<T>, Observable<R>>;

/** A filter: messages in, the same out. */
function filters(run: Run): void {
  runWithPool(({ pool, hot, expectObservable }) => {
    const arrivals = run.arrivals();
    // What the engine says has no text; but all of it is synchronous.
    let letter = '';
    const result = hot<string>(run.row('messages')).pipe(
      tap(given => (letter = given)),
      map(given => arrivals[given] as Arrival),
      pool.dispatched(),
      run.call<Operator<Message, Message>>(),
      map(() => letter),
    );
    expectObservable(result).toBe(run.row('result'));
  });
}

const RUNS: Readonly<Record<string, (run: Run) => void>> = {
  ofOpCode: filters,
  ofStatus: filters,
  ofChannel: filters,
  fromPeers: filters,
  fromEngine: filters,

  pooled(run) {
    runWithPool(({ pool, hot, cold, expectObservable, expectHeld }) => {
      const source = hot(run.row('messages'), run.arrivals());
      expectHeld(run.row('slots held'));
      const inner = cold(run.row('work, each'));
      const result = source.pipe(
        pool.dispatched(),
        run.call<Operator<Message, string>>({ work: () => inner }),
      );
      expectObservable(result).toBe(run.row('result'));
    });
  },

  windowByMessageId(run) {
    const windowsOf = (source: Observable<Message>): Observable<MessageWindow> =>
      source.pipe(run.call<Operator<Message, MessageWindow>>());
    runWithPool(({ pool, hot, expectObservable }) => {
      const windows = windowsOf(hot(run.row('messages'), run.arrivals()).pipe(pool.dispatched()));
      expectObservable(windows.pipe(map(() => 'w'))).toBe(run.row('windows'));
    });
    for (const [index, name] of ['the first', 'the second'].entries()) {
      runWithPool(({ pool, hot, expectObservable }) => {
        const windows = windowsOf(hot(run.row('messages'), run.arrivals()).pipe(pool.dispatched()));
        const window = windows.pipe(
          skip(index),
          take(1),
          mergeMap(messages => messages),
        );
        expectObservable(window.pipe(map(textOf))).toBe(run.row(name));
      });
    }
  },

  chunked(run) {
    marbles(({ hot, expectObservable }) => {
      const pieces = hot(run.row('bytes'), run.bytes()).pipe(run.call<Operator<Uint8Array, Uint8Array>>());
      expectObservable(pieces.pipe(map(piece => piece.length))).toBe(
        run.row('pieces'),
        run.letters(words => Number.parseInt(words)),
      );
    });
  },

  reassemble(run) {
    runWithPool(({ pool, hot, expectObservable }) => {
      const parts = run.letters(words => part('x'.repeat(Number.parseInt(words))));
      const result = hot(run.row('window'), parts).pipe(
        pool.dispatched(),
        run.call<Operator<Message, Uint8Array>>(),
      );
      expectObservable(result.pipe(map(bytes => bytes.length))).toBe(
        run.row('result'),
        run.letters(words => Number.parseInt(words)),
      );
    });
  },

  postFrom(run) {
    marbles(({ scheduler, hot, expectObservable }) => {
      const arrivesAt = run.row('at the peer');
      const net = virtualNetwork({ scheduler, latency: 2, until: arrivesAt.indexOf('|') });
      const server = net.createEngine();
      const serving = server.createGroup();
      const client = net.createEngine();
      const group = client.createGroup();
      const welcome = server.get();
      tcpServer().format(welcome);
      serving.post(welcome);
      const hello = client.get();
      tcpClient().format(hello);
      const { channelNumber } = group.post(hello);

      const posted$ = run.call<Observable<unknown>>({
        group,
        source: hot(run.row('source')),
        build: (item: string, message: Message) => {
          message.channelNumber = channelNumber;
          message.body.append(item);
        },
      });
      expectObservable(serving.pipe(ofOpCode(OpCode.Request), map(textOf))).toBe(arrivesAt);
      expectObservable(posted$.pipe(map(() => 'h'))).toBe(run.row('result'));
    });
  },

  keepAlive(run) {
    marbles(({ hot, expectObservable }) => {
      const peer = new FakePeer(hot(run.row('heard'), values), hot('-'));
      expectObservable(peer.beats$).toBe(run.row('heartbeats'));
      const alive$ = run.call<Observable<never>>({ peer });
      expectObservable(alive$.pipe(codes())).toBe(run.row('result'), undefined, 'peer_disconnected');
    });
  },

  backoff(run) {
    marbles(({ cold, expectObservable }) => {
      const tries$ = new Subject<string>();
      const source = defer(() => {
        tries$.next('t');
        return cold(run.row('source, each'));
      });
      expectObservable(tries$).toBe(run.row('tries'));
      expectObservable(source.pipe(run.call<Operator<string, string>>())).toBe(run.row('result'));
    });
  },
};

describe('the marble diagrams', () => {
  it('are of every operator', () => {
    const operators = readdirSync(join(root, 'lib', 'operators'))
      .map(file => file.replace('.ts', '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
      .filter(name => name in rxtofu);
    expect(operators.length).toBeGreaterThanOrEqual(12);
    expect(Object.keys(diagrams).sort()).toEqual(operators.sort());
  });

  it.each(Object.keys(diagrams))('tell of %s what happens', name => {
    const run = new Run(name);
    (RUNS[name] as (run: Run) => void)(run);
    run.done();
  });
});
