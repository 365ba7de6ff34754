/**
 * The states of a channel and the events that move it (protocol.md section 8). The table below is the whole machine: `Channel.transition`
 * applies it and nothing else changes a state; README's diagram is drawn from it.
 */

/** What is true of a channel. */
export const ChannelState = {
  /** Listener: its WelcomeRequest was accepted, its address is being bound. */
  opening: 'opening',
  /** Listener: connections come. */
  listening: 'listening',
  /** Client: its HelloRequest was accepted; no HelloResponse yet. */
  connecting: 'connecting',
  /** Server: a socket was accepted; no HelloRequest yet, so it has no number. */
  accepted: 'accepted',
  /** Messages go both ways. */
  ready: 'ready',
  /** Our ByeRequest was accepted. */
  byeSent: 'byeSent',
  /** The peer's ByeRequest arrived. */
  byeReceived: 'byeReceived',
  /** Both asked. */
  byeCrossed: 'byeCrossed',
  /** Our ByeResponse answers the peer's ByeRequest; the peer has nothing more to say. */
  answered: 'answered',
  /** Our ByeResponse was accepted, though the peer had not asked: a HelloRequest refused. */
  dismissed: 'dismissed',
  /** Nothing is said any more: the link ends, what was read before is still delivered. */
  ending: 'ending',
  /** channel_closed was said. */
  closed: 'closed',
} as const;
export type ChannelState = (typeof ChannelState)[keyof typeof ChannelState];

/** What happens to a channel. */
export const ChannelEvent = {
  /** The listener's address is bound. */
  bound: 'bound',
  /** The HelloRequest arrived whole and legal. */
  helloArrived: 'helloArrived',
  /** The HelloResponse arrived. */
  helloAnswered: 'helloAnswered',
  /** Our ByeRequest was accepted by post(). */
  byePosted: 'byePosted',
  /** The peer's ByeRequest arrived. */
  byeArrived: 'byeArrived',
  /** Our ByeResponse was accepted by post(). */
  answerPosted: 'answerPosted',
  /** The peer's ByeResponse arrived. */
  answerArrived: 'answerArrived',
  /** ByeSignal, destroy, a fault, a time-out, or the end of the link. */
  broken: 'broken',
  /** Everything was said but channel_closed. */
  concluded: 'concluded',
} as const;
export type ChannelEvent = (typeof ChannelEvent)[keyof typeof ChannelEvent];

const S = ChannelState;

/** From each state, the events that it knows and where they lead. An event that is not listed is not legal there. */
export const TRANSITIONS: Readonly<
  Record<ChannelState, Readonly<Partial<Record<ChannelEvent, ChannelState>>>>
> = {
  opening: { bound: S.listening, broken: S.ending },
  listening: { broken: S.ending },
  connecting: {
    helloAnswered: S.ready,
    byePosted: S.byeSent,
    byeArrived: S.byeReceived,
    answerPosted: S.dismissed,
    answerArrived: S.ending,
    broken: S.ending,
  },
  accepted: { helloArrived: S.ready, broken: S.ending },
  ready: {
    byePosted: S.byeSent,
    byeArrived: S.byeReceived,
    answerPosted: S.dismissed,
    answerArrived: S.ending,
    broken: S.ending,
  },
  byeSent: {
    byeArrived: S.byeCrossed,
    answerPosted: S.dismissed,
    answerArrived: S.ending,
    broken: S.ending,
  },
  byeReceived: {
    byePosted: S.byeCrossed,
    answerPosted: S.answered,
    answerArrived: S.ending,
    broken: S.ending,
  },
  byeCrossed: { answerPosted: S.answered, answerArrived: S.ending, broken: S.ending },
  answered: { answerArrived: S.ending, broken: S.ending },
  dismissed: { byeArrived: S.answered, answerArrived: S.ending, broken: S.ending },
  ending: { concluded: S.closed },
  closed: {},
};

/** The states in which nothing of the peer is taken any more. */
export function isOver(state: ChannelState): boolean {
  return state === S.ending || state === S.closed;
}

/** The states behind the peer's ByeRequest, in which only its ByeResponse may come. */
export function peerSaidBye(state: ChannelState): boolean {
  return state === S.byeReceived || state === S.byeCrossed || state === S.answered;
}

/** The states behind our ByeRequest, in which only a ByeResponse may be posted. */
export function weSaidBye(state: ChannelState): boolean {
  return state === S.byeSent || state === S.byeCrossed;
}

/** The states behind our ByeResponse, in which nothing may be posted but ByeSignal. */
export function weAnswered(state: ChannelState): boolean {
  return state === S.answered || state === S.dismissed;
}
