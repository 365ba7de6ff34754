// Windows: streams whose parts arrive interleaved on one channel are told apart by message_id, and put together.
import { createHash, randomBytes } from 'node:crypto';
import { filter, firstValueFrom, lastValueFrom, map, of, take, toArray } from 'rxjs';
import {
  chunked,
  createEngine,
  OpCode,
  openPeer,
  pooled,
  reassemble,
  tcpServer,
  windowByMessageId,
} from 'rxtofu';
import { check } from '../support/check.mjs';
import { openListener } from '../support/open-listener.mjs';

const FILES = 5;
const PART_BYTES = 1_000;
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

const engine = createEngine();
const listener = await openListener(engine.createGroup(), tcpServer('127.0.0.1', 0));
const comes = firstValueFrom(listener.peers$);
const clientGroup = engine.createGroup();
const client = await openPeer(clientGroup, listener.address);
const server = await comes;

// The server reads Signals. A window opens with the first part of an id; through `pooled` it keeps the sender's pace.
const received = lastValueFrom(
  server.messages$.pipe(
    filter(message => message.isFromEngine() || message.opCode === OpCode.Signal),
    windowByMessageId(),
    pooled(
      window =>
        window.pipe(
          reassemble({ maxBytes: 1024 * 1024 }),
          map(bytes => ({ name: window.first.textHeaders.get('name'), bytes })),
        ),
      FILES,
    ),
    take(FILES),
    toArray(),
  ),
);

/** Posts one part of a stream with the core's verbs: the id says which stream it belongs to. */
function postPart(messageId, name, bytes, { isFirst, isLast }) {
  const message = engine.get();
  message.opCode = OpCode.Signal;
  message.channelNumber = client.channelNumber;
  message.messageId = messageId;
  message.more = !isLast;
  if (isFirst) message.textHeaders.append('name', name);
  message.body.append(bytes);
  clientGroup.post(message);
}

// The client posts files of different lengths in turn: one part of each, again and again.
const files = await Promise.all(
  Array.from({ length: FILES }, async (_, index) => {
    const bytes = randomBytes(3_000 * (index + 1) + 7);
    const parts = await lastValueFrom(of(bytes).pipe(chunked(PART_BYTES), toArray()));
    return { id: 1_000 + index, name: `file ${index}`, bytes, parts };
  }),
);
let posted = 0;
for (let at = 0; files.some(({ parts }) => at < parts.length); at++) {
  for (const { id, name, parts } of files.filter(({ parts }) => at < parts.length)) {
    postPart(id, name, parts[at], { isFirst: at === 0, isLast: at === parts.length - 1 });
    posted++;
  }
}

const whole = await received;
console.log(
  `${posted} parts posted in turn: ${whole.map(({ name, bytes }) => `${name} ${bytes.length}`).join(', ')}`,
);
check(whole.length === FILES, `${FILES} windows, one for each id`);
check(
  files.every(({ name, bytes }) => sha256(bytes) === sha256(whole.find(file => file.name === name).bytes)),
  'every file arrived as it was (SHA-256)',
);

await client.bye();
check(engine.stats().slots.used === 0, 'no window holds a slot');
await engine.destroy();
