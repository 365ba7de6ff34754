// The four verbs (get, post, waitReceive, put) in the shapes that most examples need. request-response.mjs shows them bare.
import {
  memClient,
  MessageRole,
  MessageType,
  OpCode,
  parseAddress,
  Status,
  statusName,
  tcpClient,
  TofuError,
  udsClient,
} from 'rxtofu';

const DEADLINE_MS = 10_000;

/** The next message of a group; the caller owns it. Throws when none comes. */
export async function next(group) {
  const message = await group.waitReceive(DEADLINE_MS);
  if (message === null) throw new Error(`nothing came within ${DEADLINE_MS} ms`);
  return message;
}

/**
 * The next message of a peer. Of what the engine says, pool_empty is passed over (messages came faster than we took them:
 * their sender waits now, and goes on when slots are free); anything else means that the channel is ending, and throws.
 */
export async function nextFromPeer(engine, group) {
  for (;;) {
    const message = await next(group);
    if (message.isFromApplication()) return message;
    const { status } = message;
    const line = describe(message);
    engine.put(message);
    if (status !== Status.poolEmpty) throw new TofuError(status, `the engine says ${line}`);
  }
}

/** get, fill, post. Answers the header as assigned: post() numbers a message that has no id. */
export function post(engine, group, channelNumber, opCode, options = {}) {
  const { messageId = 0, more = false, headers = {}, body = '' } = options;
  const message = engine.get();
  try {
    message.opCode = opCode;
    message.channelNumber = channelNumber;
    message.messageId = messageId;
    message.more = more;
    for (const [name, value] of Object.entries(headers)) message.textHeaders.append(name, String(value));
    message.body.append(body);
    return group.post(message);
  } finally {
    // Posted, the message is the engine's and this does nothing; refused, it is still ours, and goes back.
    engine.put(message);
  }
}

/** Listens. Answers the listener's channel number and the address that clients connect to. */
export async function listen(engine, group, address) {
  const request = engine.get();
  address.format(request); // makes it a WelcomeRequest
  const { channelNumber } = group.post(request);
  const welcome = await next(group);
  try {
    if (welcome.status !== Status.success) throw new TofuError(welcome.status, `no listener on ${address}`);
    return { channelNumber, address: clientAddressOf(parseAddress(welcome)) };
  } finally {
    engine.put(welcome);
  }
}

/** Connects, with a group on which nothing else goes on yet. Answers the channel number. */
export async function connect(engine, group, address, headers = {}) {
  const hello = engine.get();
  address.format(hello); // makes it a HelloRequest
  for (const [name, value] of Object.entries(headers)) hello.textHeaders.append(name, value);
  const { channelNumber } = group.post(hello);
  const answer = await next(group);
  try {
    if (answer.status !== Status.success) throw new TofuError(answer.status, `no connection to ${address}`);
    if (answer.opCode !== OpCode.HelloResponse)
      throw new TofuError(Status.notAllowed, `${address} refused us`);
    return channelNumber;
  } finally {
    engine.put(answer);
  }
}

/** Says goodbye, and waits until the channel is closed. What comes in between is put back unread. */
export async function sayBye(engine, group, channelNumber) {
  post(engine, group, channelNumber, OpCode.ByeRequest);
  for (let isClosed = false; !isClosed;) {
    const message = await next(group);
    isClosed = closesChannel(message) && message.channelNumber === channelNumber;
    engine.put(message);
  }
}

/**
 * Whether an error says that the channel is gone. Whoever posts must expect it: a peer may leave at any moment, and its
 * channel closes while we still work on what it asked.
 */
export function saysChannelIsGone(error) {
  return (
    error instanceof TofuError && (error.code === 'channel_closed' || error.code === 'invalid_channel_number')
  );
}

/** Posts an answer. A peer that has left meanwhile gets none. */
export function answer(group, message) {
  try {
    group.post(message);
  } catch (error) {
    if (!saysChannelIsGone(error)) throw error;
  }
}

/**
 * Whether a message is the last one of its channel. (A Signal of our own that comes back after a ByeSignal looks the same but
 * for its id: channel_closed carries the id of the Hello or Welcome that opened the channel.)
 */
export function closesChannel(message) {
  return (
    message.isFromEngine() && message.status === Status.channelClosed && message.opCode === OpCode.Signal
  );
}

/**
 * Reads a group until it is destroyed: accepts whoever says hello, answers goodbyes, and hands Requests, Responses and
 * Signals to `onMessage`. While that works, its message keeps its slot; out of slots, the engine stops reading sockets.
 */
export async function serve(group, onMessage) {
  for await (const message of group) {
    if (message.isFromEngine()) continue;
    if (message.type === MessageType.regular) await onMessage(message);
    else if (message.role === MessageRole.request) answer(group, message.reply()); // hello to hello, bye to bye
  }
}

/** Where to connect to for an address that a server listens on. */
function clientAddressOf(bound) {
  if (bound.kind === 'tcp') return tcpClient(bound.host, bound.port);
  return bound.kind === 'uds' ? udsClient(bound.path) : memClient(bound.name);
}

/** One line about a message: `Response "text"`, with the status where the engine speaks. */
export function describe(message) {
  const name = Object.keys(OpCode).find(key => OpCode[key] === message.opCode);
  const status = message.isFromEngine() ? ` ${statusName(message.status)}` : '';
  const body = message.body.byteLength > 0 ? ` "${message.body.text()}"` : '';
  return `${name}${status}${body}`;
}
