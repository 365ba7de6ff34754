import { tap } from 'rxjs';
import { connect, OpCode, tcpClient, tcpServer } from '../../lib/index.js';
import { IoChannel } from '../../lib/engine/io-channel.js';
import { Peer } from '../../lib/peer/peer.js';
import type { VirtualNetwork, VirtualNetworkOptions } from '../../lib/testing/index.js';
import { virtualNetwork } from '../../lib/testing/index.js';
import { comesTrue } from './eventually.js';
import type { Network } from './networks.js';
import { record, type Recording, type Side, sideForSpec, sidesIn } from './peers.js';
import type { EngineOptions } from '../../lib/index.js';

/** The connection behind a Peer, as the engine has it. */
export function channelOf(side: Side, peer: Peer): IoChannel {
  const channel = side.engine.core.context.table.get(peer.channelNumber);
  if (!(channel instanceof IoChannel)) throw new Error(`channel ${String(peer.channelNumber)} is gone`);
  return channel;
}

/** One end of a connection. */
export interface End extends Side {
  readonly peer: Peer;
  readonly channel: IoChannel;
}

/** Two Peers; the client's first. */
export interface Ends {
  readonly here: End;
  readonly there: End;
  readonly connecting: Recording;
}

export interface EndsOptions {
  readonly client?: EngineOptions;
  readonly server?: EngineOptions;
  /** Whether the two give each other credit: without, the server answers the hello by hand, and offers none. */
  readonly credit: boolean;
}

/** Two Peers in virtual time. */
export interface VirtualEnds extends Ends {
  readonly net: VirtualNetwork;
  pass(ms?: number): Promise<void>;
}

export async function virtualEnds(
  options: EndsOptions,
  network: VirtualNetworkOptions = {},
): Promise<VirtualEnds> {
  const net = virtualNetwork({ latency: 1, ...network });
  const side = sidesIn(net);
  const pass = (ms = 10): Promise<void> => net.advance(ms);
  const meeting = meet(side(options.server), side(options.client), options.credit);
  await pass();
  return { ...meeting.ends(), net, pass };
}

/** Two Peers over a real network. */
export async function endsOver(network: Network, options: EndsOptions): Promise<Ends> {
  const meeting = meet(sideForSpec(options.server), sideForSpec(options.client), options.credit, network);
  await comesTrue(() => meeting.isThrough());
  return meeting.ends();
}

function meet(
  server: Side,
  client: Side,
  credit: boolean,
  network?: Network,
): { isThrough(): boolean; ends(): Ends } {
  let here: Peer | undefined;
  let there: Peer | undefined;
  let connecting: Recording | undefined;
  server.group.subscribe(message => {
    if (message.opCode === OpCode.WelcomeResponse) {
      const address = network?.clientFor(message) ?? tcpClient();
      connecting = record(connect(client.group, address).pipe(tap(peer => (here = peer))));
    } else if (message.opCode === OpCode.HelloRequest) {
      there = new Peer(server.group, message.channelNumber, message.clone());
      const answer = message.reply();
      if (credit) answer.textHeaders.append('rx-window', '64');
      server.group.post(answer);
    }
  });
  const welcome = server.engine.get();
  (network?.server() ?? tcpServer()).format(welcome);
  server.group.post(welcome);
  return {
    isThrough: () => here !== undefined && there !== undefined,
    ends() {
      if (here === undefined || there === undefined || connecting === undefined) {
        throw new Error(`not connected: ${connecting?.lines.join(' ') ?? 'nobody listens'}`);
      }
      return {
        here: { ...client, peer: here, channel: channelOf(client, here) },
        there: { ...server, peer: there, channel: channelOf(server, there) },
        connecting,
      };
    },
  };
}
