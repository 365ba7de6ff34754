// The library as it was built: this folder is a package of its own, so the name would not find it. A process that is told of another build takes that one.
import { pathToFileURL } from 'node:url';

const { RXTOFU_DIST } = process.env;
const dist =
  RXTOFU_DIST === undefined ? new URL('../dist/', import.meta.url) : pathToFileURL(`${RXTOFU_DIST}/`);

export const {
  connect,
  createEngine,
  listen,
  ofOpCode,
  OpCode,
  parseAddress,
  pooled,
  postFrom,
  tcpClient,
  tcpServer,
  TofuError,
} = await import(new URL('index.js', dist).href);
