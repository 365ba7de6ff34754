// The engine, through post and claim.
import { createEngine, OpCode, parseAddress, tcpClient, tcpServer, TofuError } from 'rxtofu';
import { workloads } from './workloads.mjs';

export async function serve(name, onPort, count) {
  const { body, inFlight } = workloads[name];
  const payload = Buffer.alloc(body, 1);
  const engine = createEngine();
  const group = engine.createGroup();
  const welcome = engine.get();
  tcpServer('127.0.0.1', 0).format(welcome);
  group.post(welcome);
  onPort(parseAddress(await group.waitReceive()).port);
  const hello = await group.waitReceive();
  group.claim(hello.channelNumber, message => {
    if (message.opCode !== OpCode.Request) return;
    count();
    if (inFlight > 0) group.post(message.reply(payload));
  });
  group.post(hello.reply());
}

export async function drive(name, port, count) {
  const { body, inFlight } = workloads[name];
  const payload = Buffer.alloc(body, 2);
  const engine = createEngine();
  const group = engine.createGroup();
  const hello = engine.get();
  tcpClient('127.0.0.1', port).format(hello);
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
  group.claim(channelNumber, message => {
    if (message.opCode !== OpCode.Response) return;
    count();
    send();
  });
  for (let n = 0; n < inFlight; n++) send();
  if (inFlight > 0) return;
  const pour = () => {
    for (let n = 0; n < 1024; n++)
      if (!send()) return void group.writable(channelNumber).then(pour, () => undefined);
    setImmediate(pour);
  };
  pour();
}
