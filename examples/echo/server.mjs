// The echo server: a process of its own, which main.mjs starts. Everything it does is answering messages.
import { createEngine, OpCode, tcpServer } from 'rxtofu';
import { toldToStop } from '../support/child.mjs';
import { answer, describe, listen } from '../support/verbs.mjs';

const engine = createEngine();
const group = engine.createGroup();
const { address } = await listen(engine, group, tcpServer('127.0.0.1', 0));

async function serve() {
  for await (const message of group) {
    console.log(`      server <- ${describe(message)}`);
    if (message.isFromEngine()) continue;
    if (message.opCode === OpCode.HelloRequest) answer(group, message.reply('welcome'));
    if (message.opCode === OpCode.Request) answer(group, message.reply(message.body.bytes()));
    if (message.opCode === OpCode.ByeRequest) answer(group, message.reply());
  }
}

const serving = serve();
process.send({ port: address.port });

await toldToStop();
await engine.destroy(); // ends the loop, too
await serving;
