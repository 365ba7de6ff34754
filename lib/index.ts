/**
 * rxtofu: brokerless messaging between Node programs, in which messages are operations.
 *
 * @module rxtofu
 */

// Engine and groups
export { createEngine } from './rx/create-engine.js';
export type { Engine } from './rx/engine.js';
export type { EnginePool } from './rx/engine-pool.js';
export type { ChannelGroup } from './rx/channel-group.js';
export type { WaitOptions } from './engine/waiting.js';
export type { EngineOptions } from './engine/options.js';
export type { EngineStats } from './engine/stats.js';
export type {
  AcceptEvent,
  CloseEvent,
  ConnectEvent,
  ConnectionRejectedEvent,
  FrameRejectedEvent,
  PoolEvent,
  RequestEndEvent,
  RequestStartEvent,
} from './rx/engine-events.js';
export type { GetStrategy } from './pool/message-pool.js';
export type { SlotStats } from './pool/slot-pool.js';
export type { Clock } from './transport/clock.js';

// Messages
export type { Body } from './message/body.js';
export type { BinaryHeader, Hold, Message } from './message/message.js';
export { echoOf, MessageRole, MessageType, OpCode, Origin } from './message/op-code.js';
export type { HeadersInit, Payload } from './message/payload.js';
export { Status, statusName } from './message/status.js';
export type { TextHeaders } from './message/text-headers.js';
export { TofuError } from './message/tofu-error.js';

// Operators
export { type Backoff, backoff, type BackoffOptions } from './operators/backoff.js';
export { chunked } from './operators/chunked.js';
export { fromEngine } from './operators/from-engine.js';
export { fromPeers } from './operators/from-peers.js';
export { type AlivePeer, keepAlive, type KeepAliveOptions } from './operators/keep-alive.js';
export { ofChannel } from './operators/of-channel.js';
export { ofOpCode } from './operators/of-op-code.js';
export { ofStatus } from './operators/of-status.js';
export { pooled } from './operators/pooled.js';
export { type BuildMessage, postFrom, type PostSource } from './operators/post-from.js';
export { reassemble, type ReassembleOptions } from './operators/reassemble.js';
export { windowByMessageId, type WindowOptions } from './operators/window-by-message-id.js';
export type { MessageStream, MessageWindow } from './rx/message-window.js';

// Peers
export type { Accept, AcceptHandler } from './peer/accept.js';
export { connect } from './peer/connect.js';
export type { ConnectOptions } from './peer/connecting.js';
export { keepConnected } from './peer/keep-connected.js';
export type { Link, LinkOptions, LinkState } from './peer/link.js';
export { listen, type ListenOptions } from './peer/listen.js';
export type { Listener } from './peer/listener.js';
export { openPeer } from './peer/open-peer.js';
export type { Peer, RespondOptions, SignalOptions } from './peer/peer.js';
export type { RequestOptions, Upload } from './peer/pending-request.js';
export type { Reply, RequestHandler } from './peer/respond.js';

// Addresses
export { type Address, parseAddress } from './address/address.js';
export { MemAddress, memClient, memServer } from './address/mem-address.js';
export { TcpAddress, tcpClient, tcpServer } from './address/tcp-address.js';
export { UdsAddress, udsClient, udsServer } from './address/uds-address.js';
