import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { BesiegedListener } from '../support/fuzz/besieged-listener.js';
import { assault, LEAVES, type Leaves } from '../support/fuzz/hostile-client.js';
import { type Hostile, hostileStreams } from '../support/fuzz/mutations.js';
import { readHeaders, shownByServer, type WireFrame } from '../support/fuzz/reference-reader.js';
import { type Network, networks } from '../support/networks.js';
import fc from 'fast-check';

interface Assault {
  readonly hostile: Hostile;
  readonly which: number;
  readonly leaves: Leaves;
}

const [tcp, uds] = networks as [Network, Network];

function lineOf({ opCode, more, id, body }: WireFrame, headers: [string, string][]): string {
  const fields = [opCode, more, id, JSON.stringify(headers), Buffer.from(body).toString('latin1')];
  return fields.map(String).join(' ');
}

describe('a listener shows of hostile connections what the protocol allows, and serves its other client', () => {
  it(
    titleOf('listener'),
    async () => {
      const listeners = [
        await BesiegedListener.over(tcp, 'pulled'),
        await BesiegedListener.over(uds, 'pushed'),
      ];
      await fuzz<Assault>({
        name: 'listener',
        inputs: fc.record({
          hostile: hostileStreams,
          which: fc.nat(listeners.length - 1),
          leaves: fc.constantFrom(...LEAVES),
        }),
        framesIn: ({ hostile }) => hostile.frames,
        check: async ({ hostile: { stream, pieces }, which, leaves }) => {
          const listener = listeners[which] as BesiegedListener;
          const expected = shownByServer(stream, 'without credit');
          const { shown, isFault } = expected;
          await assault(listener.place, pieces, leaves, listener.awaits(expected));
          const told = await listener.told(shown.length > 0);
          const heard = told.shown.map(frame => lineOf(frame, JSON.parse(String(frame.headers)) as []));
          expect(heard).toEqual(shown.map(frame => lineOf(frame, readHeaders(frame.headers))));
          const ending = isFault ? ['recv_failed', 'channel_closed'] : ['channel_closed'];
          expect(told.engine).toEqual(shown.length > 0 ? ending : []);
          expect(told.rejected).toBe(isFault ? 1 : 0);
          expect(listener.untyped).toEqual([]);
        },
      });
    },
    limitOf('listener'),
  );
});
