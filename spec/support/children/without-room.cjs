'use strict';

// A process whose first argument is a folder on a disk that has room for one more file, and whose second is a path on another disk: fills it, listens on a
// path in it, then elsewhere, and there again when there is room.
const { rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { createEngine, tcpServer, udsServer } = require('../../../dist/index.cjs');
const { answersTo } = require('./answers-to.cjs');

const [, , folder, elsewhere] = process.argv;

/** How a file more ends. */
function oneMore(name) {
  try {
    writeFileSync(join(folder, name), '');
    return 'made';
  } catch (error) {
    return error.code;
  }
}

const engine = createEngine();
const group = engine.createGroup();

async function listenOn(what, address) {
  console.log(`${what}: ${(await answersTo(engine, group, address)).join(', ')}`);
}

async function main() {
  console.log(`files: ${oneMore('first')}, ${oneMore('second')}`);
  await listenOn('full disk', udsServer(join(folder, 'app.sock')));
  await listenOn('tcp', tcpServer('127.0.0.1', 0));
  await listenOn('other disk', udsServer(elsewhere));
  rmSync(join(folder, 'first'));
  await listenOn('disk with room', udsServer(join(folder, 'app.sock')));
  await engine.destroy();
}

void main();
