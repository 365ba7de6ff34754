/**
 * rxtofu: brokerless messaging between Node programs, in which messages are operations.
 */

// Engine and groups
export { createEngine } from './engine/create-engine.js';
export type { EngineCore as Engine } from './engine/engine-core.js';
export type { GroupCore as ChannelGroup, WaitOptions } from './engine/group-core.js';
export type { EngineOptions } from './engine/options.js';
export type { EngineStats } from './engine/stats.js';
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

// Addresses
export { type Address, parseAddress } from './address/address.js';
export { MemAddress, memClient, memServer } from './address/mem-address.js';
export { TcpAddress, tcpClient, tcpServer } from './address/tcp-address.js';
export { UdsAddress, udsClient, udsServer } from './address/uds-address.js';
