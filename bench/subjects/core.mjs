// The engine by its verbs. `receive(group, channelNumber, receiver)` is how messages are taken from it; it says whether the receiver gets those of all
// channels to come, too. `window` asks for credit.
import { openAll } from '../opening.mjs';
import { createEngine, OpCode, parseAddress, tcpClient, tcpServer, TofuError } from '../rxtofu.mjs';

export async function serve({ kind, body }, side, receive, window) {
  const payload = Buffer.alloc(body, 1);
  const engine = createEngine();
  const group = engine.createGroup();
  const welcome = engine.get();
  tcpServer('127.0.0.1', 0).format(welcome);
  group.post(welcome);
  side.listening(parseAddress(await group.waitReceive()).port);
  let takesAll = false;
  const welcomed = hello => {
    takesAll ||= receive(group, hello.channelNumber, take);
    const answer = hello.reply();
    askForCredit(answer, window);
    group.post(answer);
    engine.put(hello);
  };
  const take = message => {
    if (message.opCode === OpCode.HelloRequest) welcomed(message);
    else if (message.opCode !== OpCode.Request) return;
    else if (kind === 'pour') side.count();
    else group.post(message.reply(payload));
  };
  while (!takesAll) welcomed(await group.waitReceive());
}

export async function drive(workload, port, side, receive, window) {
  const { kind, body, inFlight } = workload;
  const payload = Buffer.alloc(body, 2);
  const engine = createEngine();
  const group = engine.createGroup();
  let answered = Promise.resolve();
  const open = async () => {
    const hello = engine.get();
    tcpClient('127.0.0.1', port).format(hello);
    askForCredit(hello, window);
    const { channelNumber } = group.post(hello);
    answered = answered.then(async () => engine.put(await group.waitReceive()));
    await answered;
    return channelNumber;
  };
  const send = channelNumber => {
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
  const take = message => {
    if (message.opCode !== OpCode.Response) return;
    side.count();
    send(message.channelNumber);
  };
  const pour = channelNumber => {
    for (let n = 0; n < 1024; n++)
      if (!send(channelNumber))
        return void group.writable(channelNumber).then(
          () => pour(channelNumber),
          () => undefined,
        );
    setImmediate(pour, channelNumber);
  };
  let takesAll = false;
  for (const channelNumber of await openAll(workload, side, open)) {
    if (!takesAll) takesAll = receive(group, channelNumber, take);
    if (kind === 'pour') pour(channelNumber);
    if (kind === 'ask') for (let n = 0; n < inFlight; n++) send(channelNumber);
  }
}

function askForCredit(hello, window) {
  if (window !== undefined) hello.textHeaders.append('rx-window', String(window));
}
