// The engine by its verbs. `receive(group, channelNumber, receiver)` is how messages are taken from it; `window` asks for credit.
import { createEngine, OpCode, parseAddress, tcpClient, tcpServer, TofuError } from '../rxtofu.mjs';

export async function serve({ kind, body }, side, receive, window) {
  const payload = Buffer.alloc(body, 1);
  const engine = createEngine();
  const group = engine.createGroup();
  const welcome = engine.get();
  tcpServer('127.0.0.1', 0).format(welcome);
  group.post(welcome);
  side.listening(parseAddress(await group.waitReceive()).port);
  const hello = await group.waitReceive();
  receive(group, hello.channelNumber, message => {
    if (message.opCode !== OpCode.Request) return;
    if (kind === 'pour') side.count();
    else group.post(message.reply(payload));
  });
  const answer = hello.reply();
  askForCredit(answer, window);
  group.post(answer);
}

export async function drive({ kind, body, inFlight }, port, side, receive, window) {
  const payload = Buffer.alloc(body, 2);
  const engine = createEngine();
  const group = engine.createGroup();
  const hello = engine.get();
  tcpClient('127.0.0.1', port).format(hello);
  askForCredit(hello, window);
  const { channelNumber } = group.post(hello);
  await group.waitReceive();
  const send = () => {
    const message = engine.get();
    message.channelNumber = channelNumber;
    message.body.append(payload);
    try {
      group.post(message);
      return true;
    } catch (error) {
      if (!(error instanceof TofuError) || error.code !== 'pool_empty') throw error;
      engine.put(message);
      return false;
    }
  };
  receive(group, channelNumber, message => {
    if (message.opCode !== OpCode.Response) return;
    side.count();
    send();
  });
  if (kind === 'ask') {
    for (let n = 0; n < inFlight; n++) send();
    return;
  }
  const pour = () => {
    for (let n = 0; n < 1024; n++)
      if (!send()) return void group.writable(channelNumber).then(pour, () => undefined);
    setImmediate(pour);
  };
  pour();
}

function askForCredit(hello, window) {
  if (window !== undefined) hello.textHeaders.append('rx-window', String(window));
}
