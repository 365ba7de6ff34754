import { type Address, OpCode, parseAddress, TofuError } from '../../lib/index.js';
import { addressFromText } from '../../lib/address/address.js';
import { fuzz, limitOf, titleOf } from '../support/fuzz/budget.js';
import { ADDRESSES } from '../support/fuzz/corpus.js';
import { hostileTexts } from '../support/fuzz/mutations.js';
import { freshMessage, readMessage } from '../support/messages.js';

const SIDES = ['client', 'server'] as const;
const REQUEST = { client: OpCode.HelloRequest, server: OpCode.WelcomeRequest };
const HEADER = { client: '~connect_to', server: '~listen_on' };

/** What protocol.md section 4 and the small print of section 11 of the design say of an address: null where it is none. */
function expected(side: (typeof SIDES)[number], text: string): string | null {
  const isServer = side === 'server';
  const [kind, ...parts] = text.split('|');
  const rest = parts.join('|');
  if (parts.length === 0 || /[\r\n]/.test(text)) return null;
  if (kind === 'tcp') {
    const [host = '', port = ''] = parts;
    const number = Number(port);
    if (parts.length !== 2 || /[ \t]/.test(host) || !/^[0-9]{1,5}$/.test(port)) return null;
    if (number > 65_535 || (number === 0 && !isServer)) return null;
    return `tcp|${host === '' && !isServer ? '127.0.0.1' : host}|${String(number)}`;
  }
  if (rest === '' && !isServer) return null;
  if (kind === 'uds') {
    const isPath = new TextEncoder().encode(rest).length <= 107 && !rest.includes('\0');
    return isPath && !/[ \t]$/.test(rest) ? text : null;
  }
  return kind === 'mem' && rest === rest.trim() ? text : null;
}

function check(bytes: Buffer): void {
  const text = bytes.toString();
  for (const side of SIDES) {
    const parsed = parsedOf(side, text);
    expectSame(parsed?.toString() ?? null, expected(side, text), text);
    if (parsed !== null) {
      const message = freshMessage();
      parsed.format(message);
      expectSame(parseAddress(message)?.toString(), parsed.toString(), text);
    }
    // As it comes from a stranger, with all that a header block does to it.
    const message = readMessage({ proto: REQUEST[side], headers: `${HEADER[side]}:${text}\r\n` });
    const value = message.textHeaders.get(HEADER[side]);
    expectSame(parseAddress(message)?.toString() ?? null, expected(side, value ?? ''), text);
  }
}

function parsedOf(side: (typeof SIDES)[number], text: string): Address | null {
  try {
    return addressFromText(side, text);
  } catch (error) {
    if (error instanceof TofuError && error.code === 'invalid_address') return null;
    throw error;
  }
}

function expectSame(actual: unknown, wanted: unknown, text: string): void {
  if (actual !== wanted) expect({ text, actual }).toEqual({ text, actual: wanted });
}

describe('an address is one, or none, as the protocol says', () => {
  it(
    titleOf('addresses'),
    () => fuzz({ name: 'addresses', inputs: hostileTexts(ADDRESSES, 300), framesIn: () => 1, check }),
    limitOf('addresses'),
  );
});
