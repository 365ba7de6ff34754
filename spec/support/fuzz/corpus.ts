import { OpCode } from '../../../lib/index.js';
import { encodeFrame } from '../../../lib/wire/encoder.js';
import { bytesOf, goldens, isFrame, type Side } from '../golden.js';
import { freshMessage } from '../messages.js';

/** Recorded frames longer than this are left out: a long one keeps a run busy and finds nothing that a short one does not. */
const LONGEST = 2_048;

interface Said {
  readonly opCode?: OpCode;
  readonly id?: number;
  readonly more?: boolean;
  readonly headers?: readonly [string, string][];
  readonly body?: string;
}

function encoded({ opCode = OpCode.Request, id = 0, more = false, headers = [], body = '' }: Said): Buffer {
  const message = freshMessage();
  message.channelNumber = 1;
  message.opCode = opCode;
  message.messageId = id;
  message.more = more;
  for (const [name, value] of headers) message.textHeaders.append(name, value);
  message.body.append(body);
  return encodeFrame(message);
}

const HELLO = { opCode: OpCode.HelloRequest, id: 99 };
const BYE = { opCode: OpCode.ByeRequest, id: 98 };
const { HelloResponse, Response, Signal, ByeResponse } = OpCode;

/** What clients say, as the library's own encoder writes it. */
const SAID: Said[][] = [
  [HELLO, { id: 1, body: 'ping' }, { id: 2, body: 'ping' }, BYE],
  [
    { ...HELLO, headers: [['rx-window', '64']] },
    { id: 1, body: 'part', more: true },
    { id: 1, body: 'part', more: true },
    { id: 1, headers: [['rx-end', '1']] },
    { opCode: Signal, headers: [['rx-credit', '32']] },
    BYE,
    { opCode: Signal, headers: [['rx-credit', '32']] },
  ],
  [
    { ...HELLO, headers: [['rx-window', '1']] },
    { id: 7, body: 'never' },
    { opCode: Signal, id: 7, headers: [['rx-cancel', '1']] },
    { opCode: Signal, headers: [['rx-heartbeat', '1']] },
    { opCode: Signal, body: 'a signal', more: true },
    { opCode: Response, id: 5, headers: [['rx-error', 'what?']] },
    { opCode: Response, id: 5, headers: [['rx-end', '1']] },
    { opCode: ByeResponse, id: 98 },
  ],
  [
    {
      ...HELLO,
      headers: [
        ['~connect_to', 'tcp|127.0.0.1|7099'],
        ['name', 'value'],
        ['name', 'an other'],
      ],
      body: 'hello',
    },
    { opCode: Signal, id: 3, body: 'x'.repeat(300) },
    { id: 2 ** 40, body: 'a', more: true },
    { id: 2 ** 40, body: 'b' },
    ...Array.from({ length: 10 }, (_n, id) => ({ id, body: 'many', more: id % 2 === 0 })),
  ],
];

/** The id of the hello that every server answers. */
export const HELLO_OF_ALL = 1n;

/** What servers say to it. */
const ANSWERS: Said[][] = [
  [
    { opCode: HelloResponse, id: 1 },
    { opCode: Response, id: 5, body: 'pong' },
    { id: 9, body: 'ping' },
    { ...BYE, body: 'bye' },
    { opCode: ByeResponse, id: 7 },
  ],
  [
    { opCode: Signal, body: 'before the answer' },
    { opCode: HelloResponse, id: 1, headers: [['rx-window', '64']] },
    { opCode: Response, id: 5, body: 'a', more: true },
    { opCode: Response, id: 5, headers: [['rx-end', '1']] },
    { opCode: Signal, headers: [['rx-credit', '32']] },
  ],
  [{ opCode: ByeResponse, id: 1, headers: [['rx-error', 'refused']] }],
];

/** Legal conversations, each the frames of one client: recorded ones, and those of our own encoder. */
export const CONVERSATIONS: readonly (readonly Buffer[])[] = [
  ...recorded('client'),
  ...SAID.map(said => said.map(encoded)),
].filter(frames => frames.length > 0);

/** The same for servers. */
export const SERVER_CONVERSATIONS: readonly (readonly Buffer[])[] = [
  ...recorded('server'),
  ...ANSWERS.map(said => said.map(encoded)),
].filter(frames => frames.length > 0);

/** Every frame that there is. */
export const FRAMES: readonly Buffer[] = [...CONVERSATIONS, ...SERVER_CONVERSATIONS].flat();

function recorded(side: Side): Buffer[][] {
  return goldens.map(({ wire }) =>
    wire
      .filter(isFrame)
      .filter(frame => frame.from === side)
      .map(bytesOf)
      .filter(bytes => bytes.length <= LONGEST),
  );
}

/** Header blocks that are legal, and some that are just so. */
export const HEADER_BLOCKS: readonly string[] = [
  '~connect_to:tcp|127.0.0.1|7099\r\n',
  'rx-window:64\r\nrx-credit:1\r\n',
  'name: value \t\r\nname:\tother\r\n',
  '\r\n\r\na:b\r\n\r\nno colon\r\n:ends it\r\nunseen:1\r\n',
  'empty:\r\nlast line without an end:x',
  'k\u00fc\u20ac\u{1f600}:v\u00fc\u20ac\u{1f600}\r\n',
];

/** Addresses of all kinds, and some that are just none. */
export const ADDRESSES: readonly string[] = [
  'tcp|127.0.0.1|7099',
  'tcp||7099',
  'tcp|0.0.0.0|0',
  'tcp|::1|65535',
  'tcp|localhost|65536',
  'uds|/tmp/app.sock',
  'uds|',
  `uds|/${'p'.repeat(106)}`,
  `uds|/${'\u00fc'.repeat(53)}`,
  'mem|name',
  'mem|',
];
