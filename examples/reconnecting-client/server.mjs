// A slow server: a process of its own, which main.mjs starts, kills and starts again. One job takes it 2 ms.
import { setTimeout } from 'node:timers/promises';
import { createEngine, udsServer } from 'rxtofu';
import { toldToStop } from '../support/child.mjs';
import { answer, listen, serve } from '../support/verbs.mjs';

const engine = createEngine();
const group = engine.createGroup();
await listen(engine, group, udsServer(process.argv[2])); // the socket file of a server that was killed is replaced

const serving = serve(group, async request => {
  await setTimeout(2);
  answer(group, request.reply('done'));
});
process.send('ready');

await toldToStop();
await engine.destroy();
await serving;
