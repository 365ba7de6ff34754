import {
  echoOf,
  isOpCode,
  MessageRole,
  MessageType,
  OpCode,
  opCodeName,
  Origin,
  roleOf,
  typeOf,
} from '../../lib/message/op-code.js';
import { refusal } from '../support/messages.js';

/** protocol.md section 2: n, name, type, role. */
const OPERATIONS = [
  [0, 'Request', 'regular', 'request'],
  [1, 'Response', 'regular', 'response'],
  [2, 'Signal', 'regular', 'signal'],
  [3, 'HelloRequest', 'hello', 'request'],
  [4, 'HelloResponse', 'hello', 'response'],
  [5, 'ByeRequest', 'bye', 'request'],
  [6, 'ByeResponse', 'bye', 'response'],
  [7, 'ByeSignal', 'bye', 'signal'],
  [8, 'WelcomeRequest', 'welcome', 'request'],
  [9, 'WelcomeResponse', 'welcome', 'response'],
] as const;

const ECHOES = [
  ['Request', 'Response'],
  ['Signal', 'Signal'],
  ['HelloRequest', 'HelloResponse'],
  ['ByeRequest', 'ByeResponse'],
  ['WelcomeRequest', 'WelcomeResponse'],
] as const;

const WITHOUT_ECHO = ['Response', 'HelloResponse', 'ByeResponse', 'WelcomeResponse', 'ByeSignal'] as const;

const NO_OP_CODES = [-1, 10, 15, 16, 1.5, NaN, '1', null, undefined];

describe('OpCode', () => {
  it('has ten operations', () => {
    expect(Object.keys(OpCode)).toEqual(OPERATIONS.map(([, name]) => name));
  });

  it.each(OPERATIONS)('gives number %i to %s, of type %s and role %s', (number, name, type, role) => {
    expect(OpCode[name]).toBe(number);
    expect(opCodeName(number)).toBe(name);
    expect(typeOf(number)).toBe(MessageType[type]);
    expect(roleOf(number)).toBe(MessageRole[role]);
    expect(isOpCode(number)).toBe(true);
  });

  it.each(NO_OP_CODES)('has no operation %p', value => {
    expect(isOpCode(value)).toBe(false);
  });
});

describe('the numbers of types, roles and origins', () => {
  it('are regular 0, welcome 1, hello 2, bye 3', () => {
    expect(MessageType).toEqual({ regular: 0, welcome: 1, hello: 2, bye: 3 });
  });

  it('are request 0, response 1, signal 2', () => {
    expect(MessageRole).toEqual({ request: 0, response: 1, signal: 2 });
  });

  it('are application 0, engine 1', () => {
    expect(Origin).toEqual({ application: 0, engine: 1 });
  });
});

describe('echoOf', () => {
  it.each(ECHOES)('answers %s with %s', (asked, answer) => {
    expect(echoOf(OpCode[asked])).toBe(OpCode[answer]);
  });

  it.each(WITHOUT_ECHO)('refuses %s, which nothing answers', name => {
    expect(refusal(() => echoOf(OpCode[name]))).toMatchObject({ status: 6, code: 'invalid_op_code' });
  });

  it.each(NO_OP_CODES)('refuses %p, which is no operation', value => {
    expect(refusal(() => echoOf(value as OpCode)).code).toBe('invalid_op_code');
  });
});
