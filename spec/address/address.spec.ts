import { type Address, addressFromText, addressText, parseAddress } from '../../lib/address/address.js';
import { memClient, memServer } from '../../lib/address/mem-address.js';
import { tcpClient, tcpServer } from '../../lib/address/tcp-address.js';
import { udsClient, udsServer } from '../../lib/address/uds-address.js';
import { OpCode } from '../../lib/message/op-code.js';
import { Use } from '../../lib/message/ownership.js';
import { freshMessage, headerBytes, readMessage, refusal } from '../support/messages.js';

const ADDRESSES: [string, Address][] = [
  tcpServer('0.0.0.0', 7099),
  tcpServer('', 0),
  tcpClient('127.0.0.1', 7099),
  tcpClient('::1', 80),
  udsServer('/tmp/app.sock'),
  udsServer(),
  udsClient('/tmp/app.sock'),
  memServer('inner'),
  memServer(),
  memClient('inner'),
].map(address => [`${address.toString()} of a ${address.side}`, address]);

/** A message of this operation with these header lines. */
function withLines(opCode: OpCode, ...lines: string[]): ReturnType<typeof readMessage> {
  return readMessage({ proto: opCode, headers: lines.map(line => `${line}\r\n`).join('') });
}

describe('format', () => {
  it.each(ADDRESSES)('writes %s as the header of its request', (_, address) => {
    const message = freshMessage();
    address.format(message);
    const isServer = address.side === 'server';
    expect(message.opCode).toBe(isServer ? OpCode.WelcomeRequest : OpCode.HelloRequest);
    const name = isServer ? '~listen_on' : '~connect_to';
    expect(headerBytes(message).toString()).toBe(`${name}:${address.toString()}\r\n`);
  });

  it.each(ADDRESSES)('writes %s so that parseAddress reads it back', (_, address) => {
    const message = freshMessage();
    address.format(message);
    expect(parseAddress(message)).toEqual(address);
  });

  it('resets channel, id and more', () => {
    const message = readMessage({ channel: 7, proto: 0x20, idLow: 9 });
    tcpClient().format(message);
    expect([message.channelNumber, message.messageId, message.more]).toEqual([0, 0n, false]);
  });

  it('keeps other headers and the body, and replaces every address header', () => {
    const lines = ['a:1', '~listen_on:tcp|h|1', '~connect_to:tcp|h|2', 'b:2', '~connect_to:tcp|h|3'];
    const message = withLines(OpCode.Request, ...lines);
    message.body.append('body');
    tcpClient('127.0.0.1', 80).format(message);
    expect([...message.textHeaders]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['~connect_to', 'tcp|127.0.0.1|80'],
    ]);
    expect(message.body.text()).toBe('body');
  });

  it.each([
    ['shared', 'not_allowed'],
    ['spent', 'invalid_message'],
  ] as const)('refuses a %s message with %s', (use, code) => {
    const message = freshMessage();
    message.use = Use[use];
    const error = refusal(() => {
      tcpClient().format(message);
    });
    expect(error.code).toBe(code);
    expect(message.textHeaders.byteLength).toBe(0);
  });
});

describe('parseAddress', () => {
  it('reads ~listen_on of a WelcomeRequest and a WelcomeResponse as a server’s address', () => {
    for (const opCode of [OpCode.WelcomeRequest, OpCode.WelcomeResponse]) {
      const message = withLines(opCode, 'a:1', '~listen_on:tcp|0.0.0.0|7099', '~connect_to:uds|/other');
      expect(parseAddress(message)).toEqual(tcpServer('0.0.0.0', 7099));
    }
  });

  it('reads ~connect_to of a HelloRequest and a HelloResponse as a client’s address', () => {
    for (const opCode of [OpCode.HelloRequest, OpCode.HelloResponse]) {
      const message = withLines(opCode, '~listen_on:uds|/other', '~connect_to:tcp|localhost|1');
      expect(parseAddress(message)).toEqual(tcpClient('localhost', 1));
    }
  });

  it('takes the first of two', () => {
    const message = withLines(OpCode.HelloRequest, '~connect_to:tcp|h|1', '~connect_to:tcp|h|2');
    expect(parseAddress(message)).toEqual(tcpClient('h', 1));
  });

  it.each([
    ['a HelloRequest without headers', withLines(OpCode.HelloRequest)],
    ['a HelloRequest with ~listen_on alone', withLines(OpCode.HelloRequest, '~listen_on:tcp|h|1')],
    ['a WelcomeRequest with ~connect_to alone', withLines(OpCode.WelcomeRequest, '~connect_to:tcp|h|1')],
    ['a Request with an address', withLines(OpCode.Request, '~connect_to:tcp|h|1', '~listen_on:tcp|h|1')],
    ['a ByeRequest with an address', withLines(OpCode.ByeRequest, '~connect_to:tcp|h|1')],
    ['a header in other case', withLines(OpCode.HelloRequest, '~Connect_To:tcp|h|1')],
    ['an empty address', withLines(OpCode.HelloRequest, '~connect_to:')],
    ['an unknown transport', withLines(OpCode.HelloRequest, '~connect_to:udp|h|1')],
    ['a transport in other case', withLines(OpCode.HelloRequest, '~connect_to:TCP|h|1')],
    ['no bar', withLines(OpCode.HelloRequest, '~connect_to:tcp')],
    ['a missing port', withLines(OpCode.HelloRequest, '~connect_to:tcp|h')],
    ['port 0 of a client', withLines(OpCode.HelloRequest, '~connect_to:tcp|h|0')],
    ['a path over 107 bytes', withLines(OpCode.HelloRequest, `~connect_to:uds|/${'p'.repeat(107)}`)],
    [
      'a usable address behind one that is none',
      withLines(OpCode.HelloRequest, '~connect_to:x', '~connect_to:tcp|h|1'),
    ],
  ])('finds none in %s', (_, message) => {
    expect(parseAddress(message)).toBeNull();
  });
});

describe('addressText', () => {
  it('is the header as asked, usable or not', () => {
    expect(addressText(withLines(OpCode.HelloRequest, '~connect_to: anything '))).toBe('anything');
    expect(addressText(withLines(OpCode.WelcomeResponse, '~listen_on:tcp|h|1'))).toBe('tcp|h|1');
    expect(addressText(withLines(OpCode.Signal, '~listen_on:tcp|h|1'))).toBeUndefined();
  });
});

describe('addressFromText', () => {
  it.each(['', '|', 'tcp', 'udp|h|1', 'toString|x', ' tcp|h|1'])('refuses %p with invalid_address', text => {
    expect(refusal(() => addressFromText('client', text))).toMatchObject({
      code: 'invalid_address',
      status: 13,
    });
  });
});
