// Step of the tour: the graceful end.
import { existsSync } from 'node:fs';
import { OpCode } from 'rxtofu';
import { closesChannel, next, post } from '../support/verbs.mjs';

const QUESTIONS = 10;

/** Questions with a ByeRequest right behind them: every answer comes, then the ByeResponse, then channel_closed. */
export async function sayGoodbye({ engine, group, channels, check, server, addresses }) {
  const answers = new Map();
  for (const channelNumber of Object.values(channels)) {
    for (let count = 0; count < QUESTIONS; count++) {
      post(engine, group, channelNumber, OpCode.Request, { headers: { job: 'echo' }, body: 'last question' });
    }
    post(engine, group, channelNumber, OpCode.ByeRequest);
    answers.set(channelNumber, []);
  }
  for (let open = answers.size; open > 0;) {
    const message = await next(group);
    if (closesChannel(message)) {
      open--;
      const came = answers.get(message.channelNumber);
      check(came.pop() === OpCode.ByeResponse, 'the ByeResponse comes last');
      check(came.length === QUESTIONS, 'every answer comes before it');
    } else answers.get(message.channelNumber)?.push(message.opCode);
    engine.put(message);
  }

  server.child.kill('SIGTERM');
  const { code } = await server.exited;
  check(code === 0, 'the server ended by itself, with status 0');
  check(!existsSync(addresses.uds.path), 'its socket file is gone');
  return `${answers.size} channels: all ${QUESTIONS} answers, then ByeResponse, then channel_closed on each; server ended with status ${code}`;
}
