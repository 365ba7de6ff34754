import { type CliAddress, readAddress } from './address.js';
import type { Arguments } from './arguments.js';
import { readBody, type RequestBody } from './body.js';
import { type Patience, readPatience, withPeer } from './client.js';
import type { Command, Context } from './command.js';
import { HELP, JSON_LINES, TIMEOUT } from './flags.js';
import { readHeaders } from './headers.js';

export const send: Command = {
  name: 'send',
  summary: 'sends one Request, and prints the response',
  usage: 'ADDRESS [--header name=value]... [--body TEXT|@FILE] [--timeout MS] [--json]',
  flags: [
    { name: 'header', value: 'name=value', isRepeatable: true, help: 'a text header; split at the first =' },
    { name: 'body', value: 'TEXT|@FILE', help: 'the body, or the file that holds it' },
    TIMEOUT,
    JSON_LINES,
    HELP,
  ],
  notes: [
    'A body over 65535 bytes goes in parts, no faster than the other side takes them. Each message of the',
    'response is a line, and so are Signals with the id of the Request.',
  ],
  run,
};

async function run(args: Arguments, context: Context): Promise<void> {
  const address = readAddress(args.only('ADDRESS'), 'client');
  const headers = readHeaders(args.texts('header'));
  const patience = readPatience(args);
  const body = await readBody(args.text('body'));
  try {
    await ask(address, patience, headers, body, context);
  } finally {
    body.close();
  }
}

async function ask(
  address: CliAddress,
  patience: Patience,
  headers: [string, string][],
  body: RequestBody,
  context: Context,
): Promise<void> {
  const { stop, output } = context;
  await withPeer(address, patience, stop, async peer => {
    const progress = context.progress(body.isStreamed ? body.byteLength : 0, SENDING);
    const upload = body.upload(bytes => {
      progress.update(bytes);
      if (bytes >= body.byteLength) progress.stop();
    });
    const response$ = peer.request(upload, {
      headers,
      timeout: patience.responseMs,
      observe: 'all',
      signal: stop,
    });
    try {
      for await (const message of response$) await output.message(message);
    } finally {
      progress.stop();
    }
  });
}

const SENDING = 'sending {bar} {percentage}% of {total} bytes, {duration_formatted}';
