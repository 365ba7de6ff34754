import { DIFFERENCES, scriptOf } from '../support/golden-differences.js';
import { goldens } from '../support/golden.js';
import { replayClient, replayServer } from '../support/replay.js';
import { expectedEvents } from '../support/replay-steps.js';

describe('our client meets the recorded server', () => {
  it.each(goldens)('in $name: $about', async golden => {
    const script = scriptOf(golden, 'client');
    expect(await replayClient(script)).toEqual(expectedEvents(script, 'client'));
  });
});

describe('our server meets the recorded client', () => {
  it.each(goldens)('in $name: $about', async golden => {
    const script = scriptOf(golden, 'server');
    expect(await replayServer(script)).toEqual(expectedEvents(script, 'server'));
  });
});

describe('a difference from the recording', () => {
  it.each(Object.entries(DIFFERENCES).map(([name, { why }]) => [name, why]))('in %s is real: %s', name => {
    const golden = goldens.find(recorded => recorded.name === name);
    if (golden === undefined) throw new Error(`there is no conversation ${name}`);
    const scripts = (['client', 'server'] as const).map(side => scriptOf(golden, side));
    const plain = { ...golden, name: 'as recorded' };
    const recorded = (['client', 'server'] as const).map(side => ({ ...scriptOf(plain, side), name }));
    expect(scripts).not.toEqual(recorded);
  });
});
