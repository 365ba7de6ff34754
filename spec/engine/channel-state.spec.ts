import {
  ChannelEvent,
  ChannelState,
  isOver,
  peerSaidBye,
  TRANSITIONS,
  weAnswered,
  weSaidBye,
} from '../../lib/engine/channel-state.js';

const states = Object.values(ChannelState);
const events = Object.values(ChannelEvent);

/**
 * Protocol.md sections 7 and 8, one line a legal step: in a state, what happens, and where it leads. Whatever is not
 * listed is not legal.
 */
const EXPECTED = `
  a listener is bound, or fails; then it listens until it is ended
  opening      bound          listening
  opening      broken         ending
  listening    broken         ending

  a client is ready with its HelloResponse; both sides may say bye before it comes, and a ByeResponse refuses
  connecting   helloAnswered  ready
  connecting   byePosted      byeSent
  connecting   byeArrived     byeReceived
  connecting   answerPosted   dismissed
  connecting   answerArrived  ending
  connecting   broken         ending

  a server is ready when its HelloRequest arrives, and does nothing before
  accepted     helloArrived   ready
  accepted     broken         ending

  either side says bye, or answers what nobody asked
  ready        byePosted      byeSent
  ready        byeArrived     byeReceived
  ready        answerPosted   dismissed
  ready        answerArrived  ending
  ready        broken         ending

  behind our ByeRequest only a ByeResponse may be posted; the peer's ByeResponse ends the channel, its ByeRequest crosses
  byeSent      byeArrived     byeCrossed
  byeSent      answerPosted   dismissed
  byeSent      answerArrived  ending
  byeSent      broken         ending

  behind the peer's ByeRequest we may go on, answer it, or ask too, which is a crossing
  byeReceived  byePosted      byeCrossed
  byeReceived  answerPosted   answered
  byeReceived  answerArrived  ending
  byeReceived  broken         ending

  of two that cross each side may answer; the first ByeResponse that arrives ends the channel
  byeCrossed   answerPosted   answered
  byeCrossed   answerArrived  ending
  byeCrossed   broken         ending

  behind our own ByeResponse nothing is posted any more; the peer ends, or asks late
  answered     answerArrived  ending
  answered     broken         ending
  dismissed    byeArrived     answered
  dismissed    answerArrived  ending
  dismissed    broken         ending

  the end is said once
  ending       concluded      closed
`;

/** `state event` to where it leads. */
const legal = new Map(
  EXPECTED.split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(words => words.length === 3)
    .map(([from, event, to]) => [`${String(from)} ${String(event)}`, to]),
);

const pairs = states.flatMap(state => events.map(event => ({ state, event })));

describe('the transition table', () => {
  it('is compared with a list that names only states and events that exist', () => {
    expect(legal.size).toBe(33);
    for (const [pair, to] of legal) {
      const [from, event] = pair.split(' ');
      expect(states).toContain(from);
      expect(events).toContain(event);
      expect(states).toContain(to);
    }
  });

  it.each(pairs)('$event in $state leads where the protocol says', ({ state, event }) => {
    expect(TRANSITIONS[state][event]).toBe(legal.get(`${state} ${event}`));
  });
});

/** The states that can come after `from`, itself included. */
function reachable(from: readonly ChannelState[]): Set<ChannelState> {
  const found = new Set(from);
  for (const state of found) for (const to of Object.values(TRANSITIONS[state])) found.add(to);
  return found;
}

describe('every state', () => {
  it('is reached from the three in which channels begin', () => {
    expect([...reachable(['opening', 'connecting', 'accepted'])].sort()).toEqual([...states].sort());
  });

  it.each(states)('%s leads to closed', state => {
    expect(reachable([state])).toContain('closed');
  });

  it.each(states.filter(state => state !== 'ending' && state !== 'closed'))(
    '%s can be broken at once',
    state => {
      expect(TRANSITIONS[state].broken).toBe('ending');
    },
  );

  it.each(states.filter(state => state !== 'closed'))(
    '%s comes to channel_closed only through ending',
    state => {
      const toClosed = Object.values(TRANSITIONS[state]).includes('closed');
      expect(toClosed).toBe(state === 'ending');
    },
  );

  it('is left for good: no walk comes back to where it was', () => {
    for (const state of states) {
      const later = reachable(Object.values(TRANSITIONS[state]));
      expect(later.has(state)).toBe(false);
    }
  });
});

describe('what is true in which states', () => {
  const table: [string, (state: ChannelState) => boolean, ChannelState[]][] = [
    ['nothing of the peer is taken any more', isOver, ['ending', 'closed']],
    ['the peer has said ByeRequest', peerSaidBye, ['byeReceived', 'byeCrossed', 'answered']],
    ['our ByeRequest is said, and not yet our ByeResponse', weSaidBye, ['byeSent', 'byeCrossed']],
    ['our ByeResponse is said', weAnswered, ['answered', 'dismissed']],
  ];
  it.each(table)('%s', (_, holds, expected) => {
    expect(states.filter(holds)).toEqual(expected);
  });
});
