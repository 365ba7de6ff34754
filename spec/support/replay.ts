import { tempUdsPath } from '../../lib/testing/index.js';
import type { Side } from './golden.js';
import type { Script } from './golden-differences.js';
import { RawPeer, RawServer } from './raw-peer.js';
import { PeerWire, Player } from './replay-player.js';
import { expectedEvents, type ReplayedEvent, type Step, stepsOf } from './replay-steps.js';

/** An engine plays the client; a raw server plays the recorded server. What the client received. */
export async function replayClient(script: Script): Promise<ReplayedEvent[]> {
  const player = new Player(script, 'client');
  const path = script.transport === 'uds' ? tempUdsPath() : undefined;
  const server = await RawServer.listen(path);
  player.connectTo(path === undefined ? `tcp|127.0.0.1|${String(server.port)}` : `uds|${path}`);
  let wire: PeerWire | undefined;
  return replay(script, 'client', player, async () => (wire ??= new PeerWire(await server.accept())));
}

/** An engine plays the server; a raw client plays the recorded client. What the server received. */
export async function replayServer(script: Script): Promise<ReplayedEvent[]> {
  const player = new Player(script, 'server');
  const wire = new PeerWire(await RawPeer.connect(await player.listen()));
  return replay(script, 'server', player, async () => wire);
}

/** The peer at the other end; a client's comes only once it has posted its HelloRequest. */
type Connected = () => Promise<PeerWire>;

async function replay(
  script: Script,
  side: Side,
  player: Player,
  connected: Connected,
): Promise<ReplayedEvent[]> {
  for (const step of stepsOf(script, side)) await takeStep(script, player, connected, step);
  if (script.killed !== side) {
    await player.receive(expectedEvents(script, side).length - player.events.length);
    expect(await player.group.waitReceive(0)).toBeNull();
  }
  expect((await connected()).untaken).toBe('');
  return player.events;
}

async function takeStep(script: Script, player: Player, connected: Connected, step: Step): Promise<void> {
  if (step.kind === 'say') {
    player.say(step);
    await player.expectSaid(step, await connected());
    return;
  }
  const { peer } = await connected();
  switch (step.kind) {
    case 'hear':
      peer.writeBytes(Buffer.concat(step.frames));
      await player.receive(step.frames.length);
      return;
    case 'peerEnds':
      if (step.how === 'fin') peer.fin();
      else peer.reset();
      for (const post of step.posts) player.post(post, null);
      return;
    case 'weEnd': {
      for (const post of step.posts) player.post(post, null);
      // Only a ByeSignal, or the end of the process, resets the socket; after a bye it may end either way.
      const isAbort = step.posts.length > 0 || script.killed !== undefined;
      if (script.killed !== undefined) await player.engine.destroy();
      const end = await peer.end();
      if (isAbort) expect(end).toBe(script.transport === 'tcp' ? 'ECONNRESET' : 'fin');
      return;
    }
  }
}
