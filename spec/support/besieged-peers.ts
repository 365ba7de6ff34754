import {
  connect,
  type EngineOptions,
  listen,
  OpCode,
  type Peer,
  type RequestHandler,
} from '../../lib/index.js';
import { comesTrue } from './eventually.js';
import { frame } from './frames.js';
import { type Network, networks } from './networks.js';
import { type Side, sideForSpec } from './peers.js';
import { HELLO_ID } from './raw-channels.js';
import { hears } from './raw-credit.js';
import { RawPeer } from './raw-peer.js';

/** Peers behind a socket that answer everybody, and a good client among the others. */
export interface BesiegedPeers {
  readonly server: Side;
  /** A raw client whose hello was accepted. */
  attack(): Promise<RawPeer>;
  /** The good client says `ping`; the answer. */
  askGood(): Promise<string>;
}

export async function besiegedPeers(
  handler: RequestHandler,
  options: EngineOptions = {},
  network: Network = networks[0] as Network,
): Promise<BesiegedPeers> {
  const server = sideForSpec(options);
  const client = sideForSpec();
  let place: Parameters<typeof RawPeer.connect>[0] | null = null;
  let good: Peer | null = null;
  listen(server.group, network.server()).subscribe(({ address, peers$ }) => {
    peers$.subscribe(peer => peer.respond(handler));
    if (address.kind === 'tcp') place = { port: address.port };
    if (address.kind === 'uds') place = { path: address.path };
    connect(client.group, address).subscribe(peer => (good = peer));
  });
  await comesTrue(() => good !== null);
  return {
    server,
    attack: async () => {
      const raw = await RawPeer.connect(place as unknown as { port: number });
      raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: Number(HELLO_ID) }));
      await hears(raw, 1);
      return raw;
    },
    askGood: async () => {
      let answer: string | null = null;
      (good as unknown as Peer).request('ping').subscribe(({ body }) => (answer = body.text()));
      await comesTrue(() => answer !== null);
      return answer as unknown as string;
    },
  };
}

/** A Request with more to come. */
export function partOf(id: number, body = 'part'): Buffer {
  const bytes = frame({ id, body });
  bytes[2] = 0x20;
  return bytes;
}
