// The ESM and the CommonJS build in one process, with an engine each, which talk to one another.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as esm from 'rxtofu';

const cjs = createRequire(import.meta.url)('rxtofu');
assert.notEqual(esm.createEngine, cjs.createEngine);

const engines = [esm.createEngine(), cjs.createEngine()];
const [served, connected] = engines.map(engine => engine.createGroup());
esm.listen(served, esm.memServer('both')).subscribe(listener => {
  listener.peers$.subscribe(peer => peer.respond(request => request.first.body.text().toUpperCase()));
});
const peer = await cjs.openPeer(connected, cjs.memClient('both'));
const replies = [];
for await (const reply of peer.request('either')) replies.push(reply.body.text());
assert.deepEqual(replies, ['EITHER']);
await peer.bye();
await Promise.all(engines.map(engine => engine.destroy()));
