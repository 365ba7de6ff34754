import { Message, EngineOptions, Engine, Clock } from './index.js';
import { VirtualTimeScheduler, Observable } from 'rxjs';
interface VirtualNetworkOptions {
    scheduler?: VirtualTimeScheduler;
    latency?: number;
    chunk?: number | 'random';
    bandwidth?: number;
    until?: number;
    seed?: number;
}
interface ConnectedPeer {
    readonly channelNumber: number;
    readonly hello: Message;
}
declare class VirtualNetwork {
    #private;
    createEngine(options?: EngineOptions): Engine;
    partition(a: Engine, b: Engine): void;
    heal(a: Engine, b: Engine): void;
    disconnect(peer: ConnectedPeer): void;
    disconnect(engine: Engine, channelNumber: number): void;
    advance(ms: number): Promise<void>;
}
declare function virtualNetwork(options?: VirtualNetworkOptions): VirtualNetwork;
declare function virtualClock(scheduler: VirtualTimeScheduler): Clock;
declare function seededRandom(seed: number): () => number;
interface MessageDescription {
    readonly opCode: string;
    readonly origin: 'application' | 'engine';
    readonly more: boolean;
    readonly status: string;
    readonly channel: number;
    readonly id: string;
    readonly headers: readonly string[];
    readonly body: string;
}
declare function describeMessage(message: Message): MessageDescription;
type MessageEntry = string | (Partial<Omit<MessageDescription, 'id'>> & {
    readonly id?: string | number | bigint;
});
type MessageTable = Readonly<Record<string, MessageEntry>>;
type ExpectObservable = (observable: Observable<unknown>, subscriptionMarbles?: string | null) => {
    toBe(marbles: string, values?: unknown, errorValue?: unknown): void;
};
interface MessageExpectation {
    toBe(marbles: string, table?: MessageTable, error?: unknown): void;
}
declare function messageMarbles(expectObservable: ExpectObservable): (messages: Observable<Message>, subscriptionMarbles?: string | null) => MessageExpectation;
declare function messageTable(table: MessageTable): (message: Message) => MessageEntry;
declare function atRest(engine: Engine): void;
declare function findFreeTcpPort(): Promise<number>;
declare function tempUdsPath(): string;
export { VirtualNetwork, atRest, describeMessage, findFreeTcpPort, messageMarbles, messageTable, seededRandom, tempUdsPath, virtualClock, virtualNetwork };
export type { ConnectedPeer, MessageDescription, MessageEntry, MessageExpectation, MessageTable, VirtualNetworkOptions };
