import fc from 'fast-check';
import { Subject, type Subscription } from 'rxjs';
import { type MessageWindow, OpCode, type TofuError, windowByMessageId } from '../../lib/index.js';
import { type Arrival, closed, Dispatcher, last, textOf } from '../support/dispatch.js';

/** What may happen: a message comes, the nth window is treated somehow, the channel closes, outside leaves, the source ends. */
type Action =
  | { readonly what: 'message'; readonly id: number; readonly opCode: OpCode; readonly more: boolean }
  | { readonly what: 'read' | 'leave' | 'release' | 'give up'; readonly nth: number }
  | { readonly what: 'close' | 'outside leaves' | 'source ends' };

/** A window as it has to be. */
interface Expected {
  readonly key: string;
  /** What nobody has read yet, and whether it holds its slot. */
  kept: { text: string; isHeld: boolean }[];
  state: 'unread' | 'read' | 'left';
  isGivenUp: boolean;
  end: string | null;
  /** What its reader has been told. */
  log: string[];
}

/** Windows as they have to be. */
class Model {
  readonly windows: Expected[] = [];
  readonly #open = new Map<string, Expected>();
  isOutside = true;
  isSourceThere = true;

  message(key: string, text: string, more: boolean): void {
    if (!this.isSourceThere) return;
    let window = this.#open.get(key);
    if (window === undefined) {
      if (!this.isOutside) return;
      window = { key, kept: [], state: 'unread', isGivenUp: false, end: null, log: [] };
      this.windows.push(window);
      this.#open.set(key, window);
    }
    if (window.end === null) {
      if (window.state === 'read') window.log.push(text);
      if (window.state === 'unread') window.kept.push({ text, isHeld: true });
    }
    if (more) return;
    this.#open.delete(key);
    this.end(window, '|');
  }

  end(window: Expected, end: string): void {
    if (window.end !== null || window.state === 'left') return;
    window.end = end;
    if (window.state === 'read') window.log.push(end);
    this.#stopWhenUnread();
  }

  read(window: Expected): void {
    if (window.state !== 'unread') return;
    window.state = 'read';
    window.log.push(...window.kept.map(({ text }) => text));
    window.kept = [];
    if (window.end !== null) window.log.push(window.end);
  }

  leave(window: Expected): void {
    if (window.state !== 'read' || window.end !== null) return;
    window.state = 'left';
    this.#stopWhenUnread();
  }

  release(window: Expected): void {
    window.kept = window.kept.map(({ text }) => ({ text, isHeld: false }));
  }

  giveUp(window: Expected, end: string): void {
    if (window.state !== 'unread' || window.isGivenUp) return;
    window.isGivenUp = true;
    window.kept = [];
    window.end = end;
  }

  close(): void {
    if (!this.isSourceThere) return;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const window of open) this.end(window, 'channel_closed');
  }

  outsideLeaves(): void {
    this.isOutside = false;
    if (!this.isSourceThere) return;
    for (const window of this.windows) this.giveUp(window, 'communication_failed');
    this.#stopWhenUnread();
  }

  sourceEnds(): void {
    if (!this.isSourceThere) return;
    this.isSourceThere = false;
    for (const window of this.windows) if (window.state === 'unread') this.release(window);
    for (const window of this.#open.values()) this.end(window, 'communication_failed');
  }

  get held(): number {
    return this.windows.flatMap(({ kept }) => kept).filter(({ isHeld }) => isHeld).length;
  }

  #stopWhenUnread(): void {
    const isRead = this.windows.some(window => window.state === 'read' && window.end === null);
    if (!this.isOutside && !isRead) this.isSourceThere = false;
  }
}

/** Windows as they are. */
class Real {
  readonly pool = new Dispatcher();
  readonly source = new Subject<Arrival>();
  readonly windows: MessageWindow[] = [];
  readonly logs: string[][] = [];
  readonly readers: (Subscription | undefined)[] = [];
  readonly outside = this.source.pipe(this.pool.dispatched(), windowByMessageId()).subscribe(window => {
    this.windows.push(window);
    this.logs.push([]);
  });

  read(nth: number): void {
    const log = this.logs[nth] as string[];
    this.readers[nth] ??= this.windows[nth]?.subscribe({
      next: message => log.push(textOf(message)),
      complete: () => log.push('|'),
      error: (error: TofuError) => log.push(error.code),
    });
  }

  /** As the pool gives up a window that nobody reads. */
  giveUpYoungest(): void {
    this.pool.pool.idleWindows.giveUpYoungest(1, 0, 0);
  }
}

function act(action: Action, model: Model, real: Real, step: number): void {
  switch (action.what) {
    case 'message': {
      const { id, opCode, more } = action;
      model.message(`${String(id)} ${String(opCode)}`, String(step), more);
      real.source.next(last(String(step), { id, opCode, more }));
      return;
    }
    case 'close':
      model.close();
      real.source.next(closed());
      return;
    case 'outside leaves':
      model.outsideLeaves();
      real.outside.unsubscribe();
      return;
    case 'source ends':
      model.sourceEnds();
      real.source.complete();
      return;
    case 'give up': {
      const youngest = model.windows.filter(({ kept }) => kept.some(({ isHeld }) => isHeld)).at(-1);
      if (youngest !== undefined) model.giveUp(youngest, 'pool_empty');
      real.giveUpYoungest();
      return;
    }
    default:
      actOnWindow(action.what, action.nth, model, real);
  }
}

function actOnWindow(what: 'read' | 'leave' | 'release', nth: number, model: Model, real: Real): void {
  const index = nth % Math.max(1, model.windows.length);
  const window = model.windows[index];
  if (window === undefined) return;
  if (what === 'read') {
    model.read(window);
    real.read(index);
  } else if (what === 'leave') {
    model.leave(window);
    real.readers[index]?.unsubscribe();
  } else {
    model.release(window);
    real.windows[index]?.release();
  }
}

const nth = fc.nat(9);
const actions = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        what: fc.constant('message' as const),
        id: fc.constantFrom(0, 1, 2 ** 40),
        opCode: fc.constantFrom(OpCode.Request, OpCode.Response),
        more: fc.boolean(),
      }),
    },
    { weight: 5, arbitrary: fc.record({ what: fc.constant('read' as const), nth }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constantFrom('leave' as const, 'release' as const, 'give up' as const),
        nth,
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('close' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constantFrom('outside leaves' as const, 'source ends' as const) }),
    },
  ),
  { maxLength: 60 },
);

describe('windowByMessageId, whatever happens in whatever order,', () => {
  it('does as its model', () => {
    fc.assert(
      fc.property(actions, list => {
        const model = new Model();
        const real = new Real();
        list.forEach((action, step) => {
          act(action, model, real, step);
          expect({
            logs: real.logs,
            held: real.pool.held,
            isObserved: real.source.observed,
          }).toEqual({
            logs: model.windows.map(({ log }) => log),
            held: model.held,
            isObserved: model.isSourceThere,
          });
        });
        // In the end everybody reads what there is, and nothing is held.
        real.source.complete();
        real.windows.forEach((_, index) => {
          real.read(index);
        });
        expect(real.pool.held).toBe(0);
        expect(real.pool.pool.idleWindows.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
