'use strict';

// A process that may open no more files: connects and listens, and does both again when it may.
const { closeSync, openSync } = require('node:fs');
const { createEngine, tcpClient, tcpServer, udsClient, udsServer } = require('../../../dist/index.cjs');
const { answersTo } = require('./answers-to.cjs');

const [, , port, path] = process.argv;

function takeFiles() {
  const taken = [];
  try {
    for (let n = 0; n < 10_000; n++) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
  return taken;
}

const engine = createEngine();
const group = engine.createGroup();

async function tryAll(what) {
  for (const address of [
    tcpClient('127.0.0.1', Number(port)),
    tcpServer('127.0.0.1', 0),
    udsClient(path),
    udsServer(`${path}-`),
  ])
    console.log(
      `${what} ${address.kind} ${address.side}: ${(await answersTo(engine, group, address)).join(', ')}`,
    );
}

async function main() {
  // What prints opens its own on first use.
  console.log('begins');
  const taken = takeFiles();
  await tryAll('without');
  for (const file of taken) closeSync(file);
  await tryAll('with');
  await engine.destroy();
}

void main();
