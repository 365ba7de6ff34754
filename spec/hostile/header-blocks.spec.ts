import { OpCode } from '../../lib/index.js';
import { frame } from '../support/frames.js';
import { nextCopy } from '../support/pair.js';
import { expectAlive, greetRaw, HELLO_ID, listenForRaw } from '../support/raw-channels.js';
import { RawPeer } from '../support/raw-peer.js';

const MOST = 65_535;

/** The longest text header blocks that a reader might choke on. */
const BLOCKS: [what: string, block: string][] = [
  ['blanks within a value', `a:b${' '.repeat(MOST - 6)}c\r\n`],
  ['tabs and blanks by turns', `a:b${' \t'.repeat(32_000)}c\r\n`],
  ['many values of blanks', `a:${' '.repeat(997)}\r\n`.repeat(65)],
  ['line ends alone', '\r\n'.repeat(32_767)],
  ['half line ends', '\r'.repeat(MOST)],
  ['names without a colon', 'a\r\n'.repeat(21_845)],
  ['colons alone', ':'.repeat(MOST)],
  ['one name again and again', 'a:b\r\n'.repeat(13_107)],
];

describe('a hello whose text headers are 65,535 bytes of', () => {
  it.each(BLOCKS)('%s is read like any other, ten times over', async (_, headers) => {
    const target = await listenForRaw();
    const good = await greetRaw(target);
    for (let n = 0; n < 10; n++) {
      const raw = await RawPeer.connect({ port: target.port });
      raw.writeBytes(frame({ opCode: OpCode.HelloRequest, id: Number(HELLO_ID), headers }));
      // It comes within the deadline of a message: the reading takes time in proportion to the bytes.
      const hello = await nextCopy(target.group);
      expect([hello.opCode, hello.messageId, hello.textHeaders.byteLength]).toEqual([
        OpCode.HelloRequest,
        HELLO_ID,
        headers.length,
      ]);
      raw.reset();
      expect((await nextCopy(target.group)).channelNumber).toBe(hello.channelNumber);
    }
    await expectAlive(good.raw, good.server);
  });
});
