// An ESM consumer: the declarations resolve, hold names, and type-check with skipLibCheck off.
import * as rxtofu from 'rxtofu';
import * as testing from 'rxtofu/testing';

type IsAny<T> = 0 extends 1 & T ? true : false;

export const isTyped: [IsAny<typeof rxtofu>, IsAny<typeof testing>] = [false, false];
export const hasNames: [[keyof typeof rxtofu] extends [never] ? false : true] = [true];

// A program as users write it: what they name is exported, and what they pass through operators infers.
const engine = rxtofu.createEngine({ maxPoolMsgs: 32 });
const group: rxtofu.ChannelGroup = engine.createGroup();
const peer: Promise<rxtofu.Peer> = rxtofu.openPeer(group, rxtofu.memClient('nobody'));
export const stats: rxtofu.EngineStats = engine.stats();
export const codes = group.pipe(
  rxtofu.ofOpCode(rxtofu.OpCode.Request),
  rxtofu.pooled(message => [message.opCode]),
);
export const failure: Promise<unknown> = peer.then(
  connected => connected.bye(),
  (error: unknown) => (error instanceof rxtofu.TofuError ? error.code : error),
);
