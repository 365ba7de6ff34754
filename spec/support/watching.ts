import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Engine } from '../../lib/index.js';

/** Every event there is, without its prefix. */
export const EVENT_NAMES = [
  'connect',
  'accept',
  'close',
  'connection:rejected',
  'frame:rejected',
  'pool:empty',
  'pool:refilled',
  'request:start',
  'request:end',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** What every event has. */
export interface Seen {
  readonly engine: object;
  readonly channelNumber: number;
}

const atEnd: (() => void)[] = [];

afterEach(() => {
  for (const end of atEnd.splice(0)) end();
});

/** Listens to some events, or to all of them, until the spec ends. */
export class Watch {
  readonly #seen: { name: EventName; event: Seen; copy: Seen }[] = [];

  constructor(...names: EventName[]) {
    for (const name of names.length > 0 ? names : EVENT_NAMES) {
      listenTo(name, event => this.#seen.push({ name, event, copy: { ...event } }));
    }
  }

  /** What was said about an engine, in order, as it was then; `event` is its name. */
  of(engine: Engine): object[] {
    return this.#seen
      .filter(({ event }) => event.engine === engine)
      .map(({ name, copy: { engine: _, ...rest } }) => ({ event: name, ...rest }));
  }

  /** The names of what was said about an engine, in order. */
  namesOf(engine: Engine): EventName[] {
    return this.#seen.filter(({ event }) => event.engine === engine).map(({ name }) => name);
  }

  /** The very objects that came under a name. */
  objects(name: EventName): Seen[] {
    return this.#seen.filter(seen => seen.name === name).map(({ event }) => event);
  }
}

/** Calls `f` with each event of a name, until the spec ends. */
export function listenTo(name: EventName, f: (event: Seen) => void): void {
  const listener = (event: unknown): void => {
    f(event as Seen);
  };
  subscribe(`rxtofu:${name}`, listener);
  atEnd.push(() => {
    unsubscribe(`rxtofu:${name}`, listener);
  });
}

/** How often each event is published, listened to or not. */
export function countPublished(): () => Partial<Record<EventName, number>> {
  const spies = EVENT_NAMES.map(name => {
    const spied = channel(`rxtofu:${name}`);
    const spy = jest.spyOn(spied, 'publish');
    // A channel changes its prototype when it is first listened to.
    spy.mockImplementation(event => {
      (Object.getPrototypeOf(spied) as typeof spied).publish.call(spied, event);
    });
    return [name, spy] as const;
  });
  atEnd.push(() => {
    for (const [, spy] of spies) spy.mockRestore();
  });
  return () =>
    Object.fromEntries(
      spies.map(([name, spy]) => [name, spy.mock.calls.length] as const).filter(([, calls]) => calls > 0),
    );
}
