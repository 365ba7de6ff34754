import { lineOf, nextLine } from '../support/conversation.js';
import { greetRaw, listenForRaw } from '../support/raw-channels.js';
import net from 'node:net';
it('x', async () => {
  const orig = net.Socket.prototype.destroy;
  const log: unknown[] = [];
  for (const name of ['destroy','end','destroySoon','resetAndDestroy'] as const) { const o = (net.Socket.prototype as any)[name]; (net.Socket.prototype as any)[name] = function(this: any, ...a: any[]) { log.push([name, this.localPort, this.destroyed, this.writable, this.readable]); return o.apply(this, a); }; }
    const { raw, server } = await greetRaw(await listenForRaw());
    raw.write(`0001 06 00 0000000000000005 0000 0000`);
    expect(await nextLine(server.engine, server.group)).toBe(`ByeResponse ${String(server.channel)}`);
    await new Promise(r => setTimeout(r, 50));
    console.log(log, server.engine.stats().channels, raw.received);
    const t = Date.now();
    void server.engine.destroy().then(() => console.log('destroyed', Date.now()-t));
    await new Promise(r => setTimeout(r, 50));
    console.log(log, server.engine.stats().channels);
});
