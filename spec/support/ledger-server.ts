import {
  type Address,
  type ChannelGroup,
  type Engine,
  type EngineOptions,
  createEngine,
  type Message,
  OpCode,
} from '../../lib/index.js';
import { fill } from '../../lib/message/payload.js';
import { listenOn } from './conversation.js';
import { Ledger } from './ledger.js';
import type { Network } from './networks.js';
import { memberOf, say } from './pair.js';

/** The header by which a client tells a server which one it is. */
const WHO = 'who';

/** How far the ids of what a server posts are from those of its clients. */
export const SERVER_IDS = 1_000_001;

export interface LedgerOptions {
  /** Whether both sides ask for credit. */
  readonly credit?: boolean;
}

/** What a server is made with. */
export interface LedgerServerOptions extends LedgerOptions {
  readonly engine?: EngineOptions;
  /** Called with each end that it gets, when it has accepted. */
  readonly onAccept?: (ledger: Ledger, who: string) => void;
}

/** A server that accepts whoever comes, and keeps books with each of them. */
export class LedgerServer {
  readonly engine: Engine;
  readonly group: ChannelGroup;
  readonly listener: number;
  readonly address: Address;
  /** Its ends of connections, by what the clients call themselves. */
  readonly ledgers = new Map<string, Ledger>();
  /** How often the end of the listener was told. */
  listenerClosed = 0;
  readonly #options: LedgerServerOptions;

  private constructor(
    member: { engine: Engine; group: ChannelGroup },
    at: { channel: number; client: Address },
    options: LedgerServerOptions,
  ) {
    this.engine = member.engine;
    this.group = member.group;
    this.listener = at.channel;
    this.address = at.client;
    this.#options = options;
    this.group.claim(this.listener, message => {
      if (message.opCode === OpCode.HelloRequest) this.#accept(message);
      else if (message.opCode === OpCode.Signal) this.listenerClosed++;
    });
  }

  static async listen(network: Network, options: LedgerServerOptions = {}): Promise<LedgerServer> {
    const member = memberOf(createEngine(options.engine));
    return new LedgerServer(member, await listenOn(member.engine, member.group, network), options);
  }

  /** Stops listening. */
  stop(): void {
    say({ ...this, channel: this.listener }, OpCode.ByeSignal);
  }

  #accept(hello: Message): void {
    const ledger = new Ledger({ ...this, channel: hello.channelNumber }, SERVER_IDS);
    ledger.slow = false;
    const who = hello.textHeaders.get(WHO) ?? '';
    this.ledgers.set(who, ledger);
    this.group.post(hello.reply(this.#options.credit === true ? { headers: WINDOW } : {}));
    this.#options.onAccept?.(ledger, who);
  }
}

const WINDOW = { 'rx-window': '64' };

/** Connects under this name: the client's end, with its books, and the id that opened it. */
export function ledgerClient(
  member: { engine: Engine; group: ChannelGroup },
  address: Address,
  who: string,
  { credit = false, headers = {} }: LedgerOptions & { headers?: Record<string, string> } = {},
): { ledger: Ledger; openingId: bigint } {
  using hello = member.engine.get();
  address.format(hello);
  fill(hello, { headers: { [WHO]: who, ...headers, ...(credit ? WINDOW : {}) } });
  const { channelNumber, messageId } = member.group.post(hello);
  const ledger = new Ledger({ ...member, channel: channelNumber }, 1);
  ledger.slow = false;
  return { ledger, openingId: messageId };
}
