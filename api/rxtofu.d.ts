import { S as Status, M as Message, E as EngineOptions, a as Engine, b as SlotStats, O as OpCode, C as ChannelGroup, B as BinaryHeader, H as HeadersInit, P as Payload, W as WaitOptions } from './shared.js';
export { c as Body, d as Clock, e as EnginePool, f as EngineStats, G as GetStrategy, g as Hold, h as MessageRole, i as MessageType, j as Origin, T as TextHeaders, k as echoOf, s as statusName } from './shared.js';
import { Observable, SchedulerLike, OperatorFunction, MonoTypeOperatorFunction, ObservableInput, ObservedValueOf, Subscription } from 'rxjs';
declare class TofuError extends Error {
    readonly name = "TofuError";
    readonly status: Status;
    readonly code: string;
    constructor(status: Status, message: string, options?: ErrorOptions);
    static [Symbol.hasInstance](value: unknown): boolean;
}
type Side = 'server' | 'client';
declare class MemAddress {
    readonly kind = "mem";
    readonly side: Side;
    readonly name: string;
    constructor(side: Side, name: string);
    format(message: Message): void;
    toString(): string;
    static parse(side: Side, text: string): MemAddress;
}
declare function memServer(name?: string): MemAddress;
declare function memClient(name: string): MemAddress;
declare class TcpAddress {
    readonly kind = "tcp";
    readonly side: Side;
    readonly host: string;
    readonly port: number;
    constructor(side: Side, host: string, port: number);
    format(message: Message): void;
    toString(): string;
    static parse(side: Side, text: string): TcpAddress;
}
declare function tcpServer(host?: string, port?: number): TcpAddress;
declare function tcpClient(host?: string, port?: number): TcpAddress;
declare class UdsAddress {
    readonly kind = "uds";
    readonly side: Side;
    readonly path: string;
    constructor(side: Side, path: string);
    format(message: Message): void;
    toString(): string;
    static parse(side: Side, text: string): UdsAddress;
}
declare function udsServer(path?: string): UdsAddress;
declare function udsClient(path: string): UdsAddress;
type Address = TcpAddress | UdsAddress | MemAddress;
declare function parseAddress(message: Message): Address | null;
declare function createEngine(options?: EngineOptions | null): Engine;
interface EngineEvent<E = object> {
    readonly engine: E;
    readonly channelNumber: number;
}
interface ConnectEvent$1<E = object> extends EngineEvent<E> {
    readonly address: string;
    readonly remote: string | undefined;
}
interface AcceptEvent$1<E = object> extends EngineEvent<E> {
    readonly listenerChannel: number;
    readonly address: string;
    readonly remote: string | undefined;
}
interface CloseEvent$1<E = object> extends EngineEvent<E> {
    readonly status: Status;
    readonly statusName: string;
}
interface ConnectionRejectedEvent$1<E = object> extends EngineEvent<E> {
    readonly reason: 'maxChannels' | 'handshakeTimeout';
    readonly listenerChannel: number;
    readonly address: string;
    readonly remote: string | undefined;
}
interface FrameRejectedEvent$1<E = object> extends EngineEvent<E> {
    readonly rule: string;
    readonly remote: string | undefined;
}
interface PoolEvent$1<E = object> extends EngineEvent<E> {
    readonly slots: SlotStats;
}
interface RequestStartEvent$1<E = object> extends EngineEvent<E> {
    readonly direction: 'out' | 'in';
    readonly messageId: bigint;
}
interface RequestEndEvent$1<E = object> extends RequestStartEvent$1<E> {
    readonly outcome: 'completed' | 'cancelled' | 'failed';
    readonly error?: unknown;
}
type ConnectEvent = ConnectEvent$1<Engine>;
type AcceptEvent = AcceptEvent$1<Engine>;
type CloseEvent = CloseEvent$1<Engine>;
type ConnectionRejectedEvent = ConnectionRejectedEvent$1<Engine>;
type FrameRejectedEvent = FrameRejectedEvent$1<Engine>;
type PoolEvent = PoolEvent$1<Engine>;
type RequestStartEvent = RequestStartEvent$1<Engine>;
type RequestEndEvent = RequestEndEvent$1<Engine>;
interface BackoffOptions {
    initial?: number;
    max?: number;
    factor?: number;
    jitter?: number;
    random?: () => number;
}
type Backoff = (errorOrCount: unknown, retryCount?: number) => Observable<0>;
declare function backoff(options?: BackoffOptions, scheduler?: SchedulerLike): Backoff;
declare function chunked(size?: number): OperatorFunction<Uint8Array | string, Uint8Array>;
declare function fromEngine(): MonoTypeOperatorFunction<Message>;
declare function fromPeers(): MonoTypeOperatorFunction<Message>;
interface KeepAliveOptions {
    every: number;
    within: number;
}
interface AlivePeer {
    readonly messages$: Observable<Message>;
    readonly closed$: Observable<Message>;
}
declare function keepAlive(peer: AlivePeer, options: KeepAliveOptions, scheduler?: SchedulerLike): Observable<never>;
declare function ofChannel(channelNumber: number): MonoTypeOperatorFunction<Message>;
declare function ofOpCode(...opCodes: OpCode[]): MonoTypeOperatorFunction<Message>;
declare function ofStatus(...statuses: Status[]): MonoTypeOperatorFunction<Message>;
declare function pooled<T, O extends ObservableInput<unknown>>(project: (value: T, index: number) => O, concurrency?: number): OperatorFunction<T, ObservedValueOf<O>>;
type PostSource<T> = AsyncIterable<T> | Observable<T>;
type BuildMessage<T> = (item: T, message: Message, index: number) => void;
declare function postFrom<T>(group: ChannelGroup, source: PostSource<T>, build: BuildMessage<T>): Observable<BinaryHeader>;
interface ReassembleOptions {
    maxBytes?: number;
}
declare function reassemble(options?: ReassembleOptions): OperatorFunction<Message, Uint8Array>;
interface MessageStream extends Observable<Message>, AsyncIterable<Message> {
}
declare class MessageWindow extends Observable<Message> implements MessageStream {
    #private;
    readonly channelNumber: number;
    readonly opCode: OpCode;
    readonly first: Message;
    get messageId(): bigint;
    release(): void;
    [Symbol.asyncIterator](): AsyncIterator<Message, undefined>;
}
interface WindowOptions {
    maxWindows?: number;
}
declare function windowByMessageId(options?: WindowOptions): OperatorFunction<Message, MessageWindow>;
type Accept = boolean | {
    headers?: HeadersInit;
    body?: string | Uint8Array;
} | {
    refuse: string;
};
type AcceptHandler = (hello: Message) => Accept | PromiseLike<Accept>;
interface RequestOptions {
    headers?: HeadersInit;
    messageId?: bigint | number;
    timeout?: number;
    observe?: 'responses' | 'all';
    signal?: AbortSignal;
}
type Upload = Payload | Observable<Payload> | AsyncIterable<Payload>;
type Reply = Payload | Observable<Payload> | PromiseLike<Payload> | AsyncIterable<Payload>;
type RequestHandler = (request: MessageWindow) => Reply;
interface RespondOptions {
    concurrency?: number;
}
interface SignalOptions {
    messageId?: bigint | number;
    headers?: HeadersInit;
}
declare class Peer implements AsyncDisposable {
    #private;
    readonly channelNumber: number;
    readonly hello: Message;
    readonly messages$: Observable<Message>;
    readonly requests$: Observable<MessageWindow>;
    readonly signals$: Observable<Message>;
    readonly closed$: Observable<Message>;
    readonly writable$: Observable<boolean>;
    request(upload: Upload, options?: RequestOptions): MessageStream;
    respond(handler: RequestHandler, options?: RespondOptions): Subscription;
    serve(handler: RequestHandler, options?: RespondOptions): Observable<never>;
    signal(payload: Payload, options?: SignalOptions): BinaryHeader;
    bye(payload?: Payload, options?: WaitOptions): Promise<void>;
    abort(): void;
    [Symbol.asyncDispose](): Promise<void>;
}
interface ConnectOptions {
    headers?: HeadersInit;
    body?: string | Uint8Array;
    signal?: AbortSignal;
}
declare function connect(group: ChannelGroup, address: Address, options?: ConnectOptions): Observable<Peer>;
interface LinkOptions extends ConnectOptions {
    signal?: AbortSignal;
    backoff?: BackoffOptions;
}
type LinkState = 'connecting' | 'connected' | 'waiting' | 'closed';
declare class Link implements AsyncDisposable {
    #private;
    readonly peer$: Observable<Peer>;
    readonly state$: Observable<LinkState>;
    request(upload: Upload, options?: RequestOptions): MessageStream;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
declare function keepConnected(group: ChannelGroup, address: Address, options?: LinkOptions, scheduler?: SchedulerLike): Link;
declare class Listener implements AsyncDisposable {
    #private;
    readonly channelNumber: number;
    readonly address: Address;
    readonly peers$: Observable<Peer>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
interface ListenOptions {
    accept?: AcceptHandler;
}
declare function listen(group: ChannelGroup, address: Address, options?: ListenOptions): Observable<Listener>;
declare function openPeer(group: ChannelGroup, address: Address, options?: ConnectOptions): Promise<Peer>;
export { BinaryHeader, ChannelGroup, Engine, EngineOptions, HeadersInit, Link, Listener, MemAddress, Message, MessageWindow, OpCode, Payload, Peer, SlotStats, Status, TcpAddress, TofuError, UdsAddress, WaitOptions, backoff, chunked, connect, createEngine, fromEngine, fromPeers, keepAlive, keepConnected, listen, memClient, memServer, ofChannel, ofOpCode, ofStatus, openPeer, parseAddress, pooled, postFrom, reassemble, tcpClient, tcpServer, udsClient, udsServer, windowByMessageId };
export type { Accept, AcceptEvent, AcceptHandler, Address, AlivePeer, Backoff, BackoffOptions, BuildMessage, CloseEvent, ConnectEvent, ConnectOptions, ConnectionRejectedEvent, FrameRejectedEvent, KeepAliveOptions, LinkOptions, LinkState, ListenOptions, MessageStream, PoolEvent, PostSource, ReassembleOptions, Reply, RequestEndEvent, RequestHandler, RequestOptions, RequestStartEvent, RespondOptions, SignalOptions, Upload, WindowOptions };

import { Observable, Subject } from 'rxjs';
interface Clock {
    now(): number;
    after(ms: number, f: () => void): Disposable;
    soon(f: () => void): void;
}
interface EngineOptions {
    initialPoolMsgs?: number;
    maxPoolMsgs?: number;
    maxSlotsPerChannel?: number;
    maxQueuedBytes?: number;
    maxParkedBytes?: number;
    maxWindow?: number;
    maxChannels?: number;
    handshakeTimeout?: number;
    connectTimeout?: number;
    frameTimeout?: number;
    byeTimeout?: number;
    stallTimeout?: number;
    maxRequests?: number;
    strict?: boolean;
    clock?: Clock;
}
interface WaitOptions {
    signal?: AbortSignal;
}
interface Body {
    readonly byteLength: number;
    append(data: Uint8Array | string): void;
    copy(data: Uint8Array | string): void;
    clear(): void;
    bytes(): Uint8Array;
    text(): string;
    json<T = unknown>(): T;
}
declare const OpCode: {
    readonly Request: 0;
    readonly Response: 1;
    readonly Signal: 2;
    readonly HelloRequest: 3;
    readonly HelloResponse: 4;
    readonly ByeRequest: 5;
    readonly ByeResponse: 6;
    readonly ByeSignal: 7;
    readonly WelcomeRequest: 8;
    readonly WelcomeResponse: 9;
};
type OpCode = (typeof OpCode)[keyof typeof OpCode];
declare const MessageType: {
    readonly regular: 0;
    readonly welcome: 1;
    readonly hello: 2;
    readonly bye: 3;
};
type MessageType = (typeof MessageType)[keyof typeof MessageType];
declare const MessageRole: {
    readonly request: 0;
    readonly response: 1;
    readonly signal: 2;
};
type MessageRole = (typeof MessageRole)[keyof typeof MessageRole];
declare const Origin: {
    readonly application: 0;
    readonly engine: 1;
};
type Origin = (typeof Origin)[keyof typeof Origin];
declare function echoOf(opCode: OpCode): OpCode;
interface TextHeaders extends Iterable<[
    name: string,
    value: string
]> {
    readonly byteLength: number;
    append(name: string, value: string): void;
    get(name: string): string | undefined;
    getAll(name: string): string[];
    has(name: string): boolean;
    clear(): void;
}
type HeadersInit = Record<string, string | string[]> | Iterable<[
    string,
    string
]>;
type Payload = string | Uint8Array | {
    body?: string | Uint8Array;
    headers?: HeadersInit;
};
declare const Status: {
    readonly success: 0;
    readonly notImplementedYet: 1;
    readonly wrongAddress: 2;
    readonly notAllowed: 3;
    readonly nullMessage: 4;
    readonly invalidMessage: 5;
    readonly invalidOpCode: 6;
    readonly invalidHeadersLen: 7;
    readonly invalidBodyLen: 8;
    readonly invalidMoreUsage: 9;
    readonly invalidChannelNumber: 10;
    readonly invalidMessageChannelGroup: 11;
    readonly invalidMessageId: 12;
    readonly invalidAddress: 13;
    readonly udsPathNotFound: 14;
    readonly notificationDisabled: 15;
    readonly notificationFailed: 16;
    readonly peerDisconnected: 17;
    readonly communicationFailed: 18;
    readonly poolEmpty: 19;
    readonly allocationFailed: 20;
    readonly receiverUpdate: 21;
    readonly channelClosed: 22;
    readonly shutdownStarted: 23;
    readonly connectFailed: 24;
    readonly listenFailed: 25;
    readonly acceptFailed: 26;
    readonly sendFailed: 27;
    readonly recvFailed: 28;
    readonly setsockoptFailed: 29;
    readonly processingFailed: 30;
    readonly unknownError: 31;
};
type Status = (typeof Status)[keyof typeof Status];
declare function statusName(status: number): string;
interface BinaryHeader {
    readonly channelNumber: number;
    readonly opCode: OpCode;
    readonly origin: Origin;
    readonly more: boolean;
    readonly status: Status;
    readonly messageId: bigint;
}
type Hold = Disposable;
interface Message extends Disposable {
    channelNumber: number;
    opCode: OpCode;
    readonly origin: Origin;
    more: boolean;
    readonly status: Status;
    get messageId(): bigint;
    set messageId(value: bigint | number);
    readonly listenerChannel: number | undefined;
    readonly textHeaders: TextHeaders;
    readonly body: Body;
    readonly type: MessageType;
    readonly role: MessageRole;
    isFromEngine(): boolean;
    isFromApplication(): boolean;
    hasMore(): boolean;
    clone(): Message;
    reply(payload?: Payload): Message;
    reset(): void;
    retain(): Hold;
    dump(prefix?: string): string;
    [Symbol.dispose](): void;
}
interface SlotStats {
    readonly free: number;
    readonly used: number;
    readonly beyond: number;
    readonly max: number;
}
type GetStrategy = 'poolOnly' | 'always';
interface EngineStats {
    readonly channels: {
        readonly connecting: number;
        readonly ready: number;
        readonly closing: number;
        readonly listening: number;
    };
    readonly slots: SlotStats;
    readonly queuedBytes: number;
    readonly messagesIn: number;
    readonly messagesOut: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly framesRejected: number;
    readonly connectionsRefused: number;
    readonly lateReplies: number;
    readonly signalsDropped: number;
    readonly brakeLost: number;
    readonly requests: number;
    readonly pausedChannels: number;
}
declare class ChannelGroup extends Observable<Message> implements AsyncIterable<Message>, AsyncDisposable {
    readonly sink: Subject<Message>;
    readonly status$: Observable<Message>;
    post(message: Message): BinaryHeader;
    waitReceive(ms?: number, options?: WaitOptions): Promise<Message | null>;
    updateReceiver(message?: Message | null): void;
    claim(channelNumber: number, receiver: (message: Message) => void): Disposable;
    writable(channelNumber: number, options?: WaitOptions): Promise<void>;
    destroy(options?: WaitOptions): Promise<void>;
    get isDestroyed(): boolean;
    [Symbol.asyncIterator](): AsyncIterator<Message, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}
declare class EnginePool {
    #private;
    readonly available$: Observable<number>;
    stats(): SlotStats;
}
declare class Engine implements AsyncDisposable {
    readonly pool: EnginePool;
    get(strategy?: 'always'): Message;
    get(strategy: GetStrategy): Message | null;
    put(message: Message | null | undefined): void;
    createGroup(): ChannelGroup;
    destroyGroup(group: ChannelGroup, options?: WaitOptions): Promise<void>;
    destroy(options?: WaitOptions): Promise<void>;
    get isDestroyed(): boolean;
    stats(): EngineStats;
    [Symbol.asyncDispose](): Promise<void>;
}
export { ChannelGroup as C, OpCode as O, Status as S, Engine as a, EnginePool as e, MessageRole as h, MessageType as i, Origin as j, echoOf as k, statusName as s };
export type { BinaryHeader as B, EngineOptions as E, GetStrategy as G, HeadersInit as H, Message as M, Payload as P, TextHeaders as T, WaitOptions as W, SlotStats as b, Body as c, Clock as d, EngineStats as f, Hold as g };
