import type { EventEntry, FrameEntry, Golden, PostedEntry, RefusedEntry, Side } from './golden.js';

/** A posted message, and what became of it where it was refused. */
export interface ScriptedPost extends PostedEntry {
  /** The code of the TofuError that refuses it. */
  refused?: string;
  /** Bytes of a body that no frame holds. */
  bodyLength?: number;
}

/** A recorded conversation as it is replayed. */
export interface Script extends Golden {
  posted: ScriptedPost[];
  /** The end of this side's process ended its stream. */
  killed?: Side;
}

interface Difference {
  readonly why: string;
  /** Changes the script of one side; a side that does not differ stays as it is. */
  readonly change: (script: Script, side: Side) => void;
}

/** Where rxtofu means to do otherwise than the reference engine did, by the name of the conversation. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'crossing-byes': {
    why: 'the reference engine stops there for ever; in rxtofu each side may answer, and both channels end',
    change: (script, side) => {
      // The side that is replayed answers first: the first ByeResponse that arrives ends a channel.
      const other = side === 'client' ? 'server' : 'client';
      script.wire = script.wire.filter(entry => 'fields' in entry);
      script.wire.push(byeResponseOf(script, side), byeResponseOf(script, other), { from: side, how: 'fin' });
      script.events.push(
        eventAt(script, side, { opCode: 'ByeResponse', messageId: side === 'client' ? '21' : '22' }),
        channelClosed(script, side),
      );
    },
  },
  'bye-behind-queue': {
    why: 'a Request posted after ByeRequest comes back with channel_closed there; rxtofu refuses it at once',
    change: (script, side) => {
      if (side === 'server') return;
      const isLate = ({ messageId }: { messageId: string }): boolean => messageId === '950';
      for (const post of script.posted.filter(isLate)) post.refused = 'not_allowed';
      script.events = script.events.filter(event => 'refused' in event || !isLate(event));
      insertBehindHello(script, { at: 'client', refused: 'Request', error: 'not_allowed' });
    },
  },
  'max-sizes': {
    why: 'the refused Request was recorded as an event only, under the name of the error in Zig',
    change: (script, side) => {
      if (side === 'server') return;
      const index = script.posted.findIndex(post => post.messageId === '5');
      const late = script.posted[index] as ScriptedPost;
      script.posted.splice(index, 0, {
        ...late,
        messageId: '4',
        refused: 'invalid_body_len',
        bodyLength: 65_536,
      });
      for (const event of script.events) if ('refused' in event) event.error = 'invalid_body_len';
    },
  },
  'abort-client': {
    why: 'the reference engine returns the ByeSignal itself; in rxtofu it is used up',
    change: withoutReturnedByeSignal,
  },
  'abort-server': {
    why: 'the reference engine returns the ByeSignal itself; in rxtofu it is used up',
    change: withoutReturnedByeSignal,
  },
  refuse: {
    why: 'the reference engine returns the ByeSignal itself; in rxtofu it is used up',
    change: withoutReturnedByeSignal,
  },
  'unanswered-hello': {
    why: 'channel_closed carries the id of the ByeRequest there; in rxtofu always that of the HelloRequest',
    change: (script, side) => {
      for (const event of eventsAt(script, side))
        if (event.status === 'channel_closed') event.messageId = '1';
    },
  },
  'server-killed': {
    why: 'Requests posted around the kill are neither on the wire nor returned there; in rxtofu they come back',
    change: (script, side) => {
      script.killed = 'server';
      if (side === 'server') return;
      const closed = script.events.pop() as EventEntry;
      for (const messageId of ['61', '62']) {
        script.events.push({ ...closed, opCode: 'Request', status: 'peer_disconnected', messageId });
      }
      script.events.push(closed);
    },
  },
};

/** The script of one side: the recording, with what rxtofu means to do otherwise. */
export function scriptOf(golden: Golden, side: Side): Script {
  const script: Script = structuredClone(golden);
  for (const event of eventsAt(script, side)) {
    // The reference engine reports success as an application's message; in rxtofu WelcomeResponse is the engine's.
    if (event.opCode === 'WelcomeResponse') event.origin = 'engine';
  }
  DIFFERENCES[golden.name]?.change(script, side);
  return script;
}

function withoutReturnedByeSignal(script: Script): void {
  script.events = script.events.filter(event => 'refused' in event || event.opCode !== 'ByeSignal');
}

function eventsAt(script: Script, side: Side): EventEntry[] {
  return script.events.filter((event): event is EventEntry => event.at === side && !('refused' in event));
}

function insertBehindHello(script: Script, refused: RefusedEntry): void {
  const isAnswer = (event: EventEntry | RefusedEntry): boolean =>
    event.at === refused.at && !('refused' in event) && event.opCode === 'HelloResponse';
  script.events.splice(script.events.findIndex(isAnswer) + 1, 0, refused);
}

/** The ByeResponse that this side posted and that the reference engine never wrote. */
function byeResponseOf(script: Script, side: Side): FrameEntry {
  const like = script.wire.find(
    entry => 'fields' in entry && entry.from === side && entry.fields.opCode === 'ByeRequest',
  );
  const posted = script.posted.find(post => post.at === side && post.opCode === 'ByeResponse');
  const { fields } = like as FrameEntry;
  const { messageId } = posted as PostedEntry;
  const frame = Buffer.from((like as FrameEntry).hex ?? '', 'hex');
  frame[2] = 6;
  frame.writeBigUInt64BE(BigInt(messageId), 4);
  return { from: side, fields: { ...fields, opCode: 'ByeResponse', messageId }, hex: frame.toString('hex') };
}

/** An event of this side, like its last one but for these fields. */
function eventAt(script: Script, side: Side, fields: Partial<EventEntry>): EventEntry {
  return { ...(eventsAt(script, side).at(-1) as EventEntry), ...fields };
}

function channelClosed(script: Script, side: Side): EventEntry {
  return eventAt(script, side, {
    opCode: 'Signal',
    origin: 'engine',
    status: 'channel_closed',
    messageId: '1',
  });
}
