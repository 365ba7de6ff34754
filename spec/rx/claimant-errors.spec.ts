import { OpCode } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type Network, networks } from '../support/networks.js';
import { pairOver, say, type Side } from '../support/pair.js';
import { held, text } from '../support/told.js';
import { collectUnhandledErrors } from '../support/unhandled-errors.js';

const mem = networks[2] as Network;

const unhandled = collectUnhandledErrors();

/** Claims a side's channel, and throws at each message of the peer. */
function throwAtEach(side: Side): void {
  side.group.claim(side.channel, message => {
    if (!message.isFromEngine()) throw new Error(`at ${text(message)}`);
  });
}

describe('a claimant that throws', () => {
  it('has its errors reported where RxJS reports those that nobody handles, in order', async () => {
    const { client, server } = await pairOver(mem);
    throwAtEach(client);
    for (const payload of ['one', 'two']) say(server, OpCode.Signal, { payload });
    await eventually('both errors are reported', () => unhandled.errors.length === 2);
    expect(unhandled.errors).toEqual([new Error('at one'), new Error('at two')]);
    expect(held(client.engine)).toBe(0);
  });

  it('is told before its error is reported, and so are the subscribers', async () => {
    const { client, server } = await pairOver(mem);
    const reportedBefore: number[] = [];
    client.group.subscribe(() => {
      reportedBefore.push(unhandled.errors.length);
    });
    throwAtEach(client);
    say(server, OpCode.Signal, { payload: 'one' });
    await eventually('the subscriber has the message', () => reportedBefore.length === 1);
    expect(reportedBefore).toEqual([0]);
    expect(await unhandled.reported()).toEqual([new Error('at one')]);
  });
});
