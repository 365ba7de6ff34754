// Requests, and one way a request channel: the server grants a window of messages, and half of it again at a time.
import net from 'node:net';
import rsocket from 'rsocket-core';
import tcpClient from 'rsocket-tcp-client';
import tcpServer from 'rsocket-tcp-server';
import { clientOf } from './load.mjs';

const WINDOW = 256;
const nothing = () => undefined;
const ignoring = { onError: nothing, onComplete: nothing, onExtension: nothing, cancel: nothing };

export async function server({ body }, side) {
  const payload = { data: Buffer.alloc(body, 1) };
  const requestResponse = (_payload, answer) => {
    answer.onNext(payload, true);
    return ignoring;
  };
  const requestChannel = (_payload, _granted, _isCompleted, client) => {
    let ahead = WINDOW;
    setImmediate(() => client.request(WINDOW));
    const onNext = () => {
      side.count();
      if (--ahead > WINDOW / 2) return;
      client.request(WINDOW - ahead);
      ahead = WINDOW;
    };
    return { ...ignoring, request: nothing, onNext };
  };
  let listener;
  const transport = new tcpServer.TcpServerTransport({
    listenOptions: { port: 0, host: '127.0.0.1' },
    socketCreator: options => (listener = net.createServer({ ...options, noDelay: true })),
  });
  const accept = async () => ({ requestResponse, requestChannel });
  await new rsocket.RSocketServer({ transport, acceptor: { accept } }).bind();
  side.listening(listener.address().port);
}

export const client = clientOf(async port => {
  const transport = new tcpClient.TcpClientTransport({
    connectionOptions: { host: '127.0.0.1', port, noDelay: true },
  });
  const socket = await new rsocket.RSocketConnector({ transport }).connect();
  return {
    ask(payload, answered) {
      socket.requestResponse({ data: payload }, { ...ignoring, onNext: answered });
    },
    pour(payload) {
      let granted = 0;
      const request = count => {
        const isPouring = granted > 0;
        granted += count;
        if (isPouring) return;
        for (; granted > 0; granted--) channel.onNext({ data: payload }, false);
      };
      const channel = socket.requestChannel({ data: payload }, 1, false, {
        ...ignoring,
        onNext: nothing,
        request,
      });
    },
  };
});
