'use strict';

const { OpCode, statusName } = require('../../../dist/index.cjs');

/** What comes of an address, up to the answer, or to channel_closed where it fails. */
async function answersTo(engine, group, address) {
  const message = engine.get();
  address.format(message);
  group.post(message);
  const answers = [];
  for (;;) {
    const answer = await group.waitReceive(3_000);
    if (answer === null) return [...answers, 'nothing'];
    const { opCode } = answer;
    answers.push(statusName(answer.status));
    engine.put(answer);
    if (opCode === OpCode.Signal || answers[0] === 'success') return answers;
  }
}

module.exports = { answersTo };
