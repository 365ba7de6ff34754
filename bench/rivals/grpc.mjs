// One bidirectional stream a connection, of plain bytes: no Protocol Buffers to read or write. The brake is the stream's.
import grpc from '@grpc/grpc-js';
import { clientOf, Waiting } from './load.mjs';

const asItIs = bytes => bytes;
const method = {
  path: '/bench/Talk',
  requestStream: true,
  responseStream: true,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
};

export function server({ kind, body }, side) {
  const payload = Buffer.alloc(body, 1);
  const listener = new grpc.Server();
  const talk = call => {
    call.on('error', () => undefined);
    call.on('data', kind === 'pour' ? () => side.count() : () => call.write(payload));
  };
  listener.addService({ talk: method }, { talk });
  listener.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    side.listening(port);
  });
}

export const client = clientOf(async port => {
  const to = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    // A connection each, where clients of one address would share it.
    'grpc.use_local_subchannel_pool': 1,
  });
  await new Promise((resolve, reject) => {
    to.waitForReady(Date.now() + 10_000, error => (error === undefined ? resolve() : reject(error)));
  });
  const call = to.makeBidiStreamRequest(method.path, asItIs, asItIs);
  const waiting = new Waiting();
  call.on('data', () => waiting.answer());
  call.on('error', () => undefined);
  return {
    ask(payload, answered) {
      waiting.add(answered);
      call.write(payload);
    },
    pour(payload) {
      const more = () => {
        for (let n = 0; n < 512; n++) if (!call.write(payload)) return;
        setImmediate(more);
      };
      call.on('drain', more);
      more();
    },
  };
});
