// The slow handler behind pooled() for a client that asked for credit and is granted none: its hello is answered by hand.
import { createEngine, ofOpCode, OpCode, parseAddress, pooled, tcpServer } from '../rxtofu.mjs';
import { drive, handleSlowly } from './slow-consumer.mjs';

export async function server(_workload, side) {
  const engine = createEngine();
  const group = engine.createGroup();
  const welcome = engine.get();
  tcpServer('127.0.0.1', 0).format(welcome);
  group.post(welcome);
  const welcomed = await group.waitReceive();
  const { port } = parseAddress(welcomed);
  engine.put(welcomed);
  group.subscribe(message => {
    if (message.opCode === OpCode.HelloRequest) group.post(message.reply());
  });
  handleSlowly(side, engine, group.pipe(ofOpCode(OpCode.Signal)), pooled);
  side.listening(port);
}

export const client = drive;
