import { OpCode } from '../../lib/index.js';
import { closes, connectTo, listenOn, next, nextLine } from '../support/conversation.js';
import { engineForSpec } from '../support/engines.js';
import { networks } from '../support/networks.js';
import { linesUntilClosed, memberOf, nextCopy, say } from '../support/pair.js';

const RECONNECTS = 100;
const CLIENTS = 8;
const ECHOES = 1_000;
const IN_FLIGHT = 50;

describe.each(networks)('over $name', network => {
  it(`a client connects ${String(RECONNECTS)} times in a row, each time on a new channel`, async () => {
    const server = memberOf(engineForSpec());
    const client = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const used = new Set<number>();
    for (let n = 0; n < RECONNECTS; n++) {
      const channel = await connectTo(client, server, listener.client);
      used.add(channel.client);
      say({ ...client, channel: channel.client }, OpCode.Request, { payload: String(n) });
      expect(await nextLine(server.engine, server.group)).toBe(
        `Request ${String(channel.server)} "${String(n)}"`,
      );
      say({ ...client, channel: channel.client }, OpCode.ByeRequest);
      server.group.post((await nextCopy(server.group)).reply());
      expect((await linesUntilClosed(client.group, channel.client)).length).toBe(2);
      expect((await linesUntilClosed(server.group, channel.server)).length).toBe(1);
    }
    expect(used.size).toBe(RECONNECTS);
    expect(client.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 0 });
    expect(server.engine.stats().channels).toEqual({ connecting: 0, ready: 0, closing: 0, listening: 1 });
  });

  it(`${String(CLIENTS)} clients at once have ${String(ECHOES)} echoes each`, async () => {
    const server = memberOf(engineForSpec());
    const listener = await listenOn(server.engine, server.group, network);
    const clientsEngine = engineForSpec({ initialPoolMsgs: CLIENTS * IN_FLIGHT });
    const clients = [];
    for (let n = 0; n < CLIENTS; n++) {
      const member = memberOf(clientsEngine);
      clients.push({ ...member, channel: (await connectTo(member, server, listener.client)).client });
    }

    const echoing = (async () => {
      for (let open = CLIENTS; open > 0;) {
        using message = await next(server.group);
        if (message.opCode === OpCode.Request) server.group.post(message.reply(message.body.text()));
        else if (message.opCode === OpCode.ByeRequest) server.group.post(message.reply());
        else if (closes(message.channelNumber)(message)) open--;
      }
    })();

    await Promise.all([
      echoing,
      ...clients.map(async (client, which) => {
        let sent = 0;
        const ask = (): void => {
          say(client, OpCode.Request, { id: sent + 1, payload: `${String(which)}:${String(sent)}` });
          sent++;
        };
        while (sent < IN_FLIGHT) ask();
        for (let n = 0; n < ECHOES; n++) {
          using answer = await next(client.group);
          // One expectation an echo would take longer than the echo.
          if (answer.body.text() !== `${String(which)}:${String(n)}` || answer.messageId !== BigInt(n + 1)) {
            throw new Error(`client ${String(which)}, echo ${String(n)}: ${answer.dump()}`);
          }
          if (sent < ECHOES) ask();
        }
        say(client, OpCode.ByeRequest);
        await linesUntilClosed(client.group, client.channel);
      }),
    ]);
    expect(server.engine.stats().messagesIn).toBe(CLIENTS * (1 + ECHOES + 1));
  }, 20_000);
});
