'use strict';

// A server that accepts whoever comes, and prints its books: what it is about to post, what it received and what came back.
// Arguments: where to listen, slots of its pool, and how many files it may still open (none: as many as there are).
const { openSync, closeSync, writeSync } = require('node:fs');
const { createEngine, OpCode, statusName } = require('../../../dist/index.cjs');

const [, , address, slots, files] = process.argv;
const SERVER_IDS = 1_000_001;

// Written at once: a process that is killed has printed what it had seen.
const print = (...words) => writeSync(1, `${words.join(' ')}\n`);

/** As in ledger.ts. */
const bodyOf = (id, length) => Buffer.alloc(length, (id % 251) + 1);

/** Takes every file that may still be opened, but for so many. */
function takeFiles(left) {
  const taken = [];
  try {
    for (let n = 0; n < 10_000; n++) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
  for (const file of taken.splice(0, left)) closeSync(file);
}

const engine = createEngine({ initialPoolMsgs: Number(slots), maxPoolMsgs: Number(slots) });
const group = engine.createGroup();

/** Posts what its client has asked for, as far as the queue takes it. */
function postAll(who, channelNumber, lengths) {
  lengths.forEach((length, n) => {
    const id = SERVER_IDS + n;
    const message = engine.get();
    message.channelNumber = channelNumber;
    message.messageId = id;
    message.textHeaders.append('n', String(id));
    message.body.append(bodyOf(id, length));
    print('post', who, id, length);
    try {
      group.post(message);
    } catch (error) {
      engine.put(message);
      print('refused', who, id, error.code);
      if (error.code !== 'pool_empty') throw error;
      lengths.length = 0;
    }
  });
}

function enter(who, message) {
  const id = Number(message.messageId);
  const isWhole =
    message.textHeaders.get('n') === String(id) &&
    bodyOf(id, message.body.byteLength).equals(message.body.bytes());
  if (message.opCode === OpCode.ByeRequest && message.isFromApplication()) group.post(message.reply());
  else if (message.opCode === OpCode.Request)
    print(
      message.isFromEngine() ? 'returned' : 'received',
      who,
      id,
      isWhole ? message.body.byteLength : 'broken',
    );
  else if (message.opCode === OpCode.Signal) print(statusName(message.status), who);
}

function accept(hello) {
  const who = hello.textHeaders.get('who');
  group.claim(hello.channelNumber, message => enter(who, message));
  const window = hello.textHeaders.get('rx-window');
  group.post(hello.reply(window === undefined ? {} : { headers: { 'rx-window': window } }));
  postAll(who, hello.channelNumber, JSON.parse(hello.textHeaders.get('lengths') ?? '[]'));
}

const welcome = engine.get();
welcome.opCode = OpCode.WelcomeRequest;
welcome.textHeaders.append('~listen_on', address);
const { channelNumber } = group.post(welcome);
group.claim(channelNumber, message => {
  if (message.opCode === OpCode.HelloRequest) return accept(message);
  if (message.opCode !== OpCode.WelcomeResponse) return;
  print(message.textHeaders.get('~listen_on'), statusName(message.status));
  if (files !== undefined) takeFiles(Number(files));
});

// Its parent has gone, or needs it no more.
process.stdin.resume().on('end', async () => {
  await engine.destroy();
  const { used, beyond } = engine.pool.stats();
  print('held', used + beyond);
  process.exitCode = 0;
});
