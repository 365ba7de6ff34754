/**
 * What a message asks for, and how the ten operations group (protocol.md section 2).
 */
import { describe } from './describe.js';
import { Status } from './status.js';
import { TofuError } from './tofu-error.js';

/** The operation a message stands for. 10..15 are invalid. */
export const OpCode = {
  Request: 0,
  Response: 1,
  Signal: 2,
  HelloRequest: 3,
  HelloResponse: 4,
  ByeRequest: 5,
  ByeResponse: 6,
  /** Local: closes a channel at once. Never on the wire. */
  ByeSignal: 7,
  /** Local: opens a listener. Never on the wire. */
  WelcomeRequest: 8,
  /** Local: the engine's answer to a WelcomeRequest. Never on the wire. */
  WelcomeResponse: 9,
} as const;
export type OpCode = (typeof OpCode)[keyof typeof OpCode];

/** The family of an operation; only `regular` messages may carry `more`. */
export const MessageType = { regular: 0, welcome: 1, hello: 2, bye: 3 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Whether an operation asks, answers or tells. */
export const MessageRole = { request: 0, response: 1, signal: 2 } as const;
export type MessageRole = (typeof MessageRole)[keyof typeof MessageRole];

/** Who made a message: an application (yours or the peer's) or the local engine. */
export const Origin = { application: 0, engine: 1 } as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

interface Operation {
  readonly name: keyof typeof OpCode;
  readonly type: MessageType;
  readonly role: MessageRole;
  /** The operation that answers this one; none for answers and for ByeSignal. */
  readonly echo?: OpCode;
}

const { regular, welcome, hello, bye } = MessageType;
const { request, response, signal } = MessageRole;

const OPERATIONS: Readonly<Record<OpCode, Operation>> = {
  [OpCode.Request]: { name: 'Request', type: regular, role: request, echo: OpCode.Response },
  [OpCode.Response]: { name: 'Response', type: regular, role: response },
  [OpCode.Signal]: { name: 'Signal', type: regular, role: signal, echo: OpCode.Signal },
  [OpCode.HelloRequest]: { name: 'HelloRequest', type: hello, role: request, echo: OpCode.HelloResponse },
  [OpCode.HelloResponse]: { name: 'HelloResponse', type: hello, role: response },
  [OpCode.ByeRequest]: { name: 'ByeRequest', type: bye, role: request, echo: OpCode.ByeResponse },
  [OpCode.ByeResponse]: { name: 'ByeResponse', type: bye, role: response },
  [OpCode.ByeSignal]: { name: 'ByeSignal', type: bye, role: signal },
  [OpCode.WelcomeRequest]: {
    name: 'WelcomeRequest',
    type: welcome,
    role: request,
    echo: OpCode.WelcomeResponse,
  },
  [OpCode.WelcomeResponse]: { name: 'WelcomeResponse', type: welcome, role: response },
};

/** True for the numbers 0..9, the operations that exist. */
export function isOpCode(value: unknown): value is OpCode {
  return (
    Number.isInteger(value) &&
    (value as number) >= OpCode.Request &&
    (value as number) <= OpCode.WelcomeResponse
  );
}

/** The family of an operation: regular, welcome, hello or bye. */
export function typeOf(opCode: OpCode): MessageType {
  return OPERATIONS[opCode].type;
}

/** The role of an operation: request, response or signal. */
export function roleOf(opCode: OpCode): MessageRole {
  return OPERATIONS[opCode].role;
}

/** The name of an operation as protocol.md writes it, such as `HelloRequest`. */
export function opCodeName(opCode: OpCode): string {
  return OPERATIONS[opCode].name;
}

/**
 * The operation that answers `opCode`: Response to Request, Signal to Signal, HelloResponse to HelloRequest,
 * and so on.
 *
 * @throws TofuError `invalid_op_code` for responses and ByeSignal, which nothing answers, and for numbers
 * that are no operation.
 */
export function echoOf(opCode: OpCode): OpCode {
  const echo = isOpCode(opCode) ? OPERATIONS[opCode].echo : undefined;
  if (echo === undefined) {
    const name = isOpCode(opCode) ? opCodeName(opCode) : describe(opCode);
    throw new TofuError(Status.invalidOpCode, `opCode ${name} has no operation that answers it`);
  }
  return echo;
}
