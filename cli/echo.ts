import type { Message, MessageWindow, Payload, Reply } from '../lib/index.js';

/** Answers a request with its own headers and body, part by part where it has parts, no faster than the channel takes them. */
export function echo(request: MessageWindow): Reply {
  return request.first.more ? parts(request) : payloadOf(request.first);
}

async function* parts(request: MessageWindow): AsyncGenerator<Payload> {
  for await (const part of request) yield payloadOf(part);
}

function payloadOf(message: Message): Payload {
  return { body: message.body.bytes(), headers: [...message.textHeaders].filter(mayBeSent) };
}

/** A header may arrive without a value, but not leave so; those that begin with `rx-` are between two Peers. */
function mayBeSent([name, value]: [string, string]): boolean {
  return value !== '' && !name.startsWith('rx-');
}
