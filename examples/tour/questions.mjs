// Steps of the tour: single questions, and many at once.
import { OpCode } from 'rxtofu';
import { describe, nextFromPeer, post } from '../support/verbs.mjs';

const QUESTIONS = 100_000;
const IN_FLIGHT = 256;
const HEADERS = { job: 'echo' };

/** One question, one answer, on each channel. */
export async function askOnce({ engine, group, channels, check }) {
  const roundTrips = [];
  for (const [name, channelNumber] of Object.entries(channels)) {
    const startedAt = performance.now();
    const { messageId } = post(engine, group, channelNumber, OpCode.Request, {
      headers: HEADERS,
      body: name,
    });
    const response = await nextFromPeer(engine, group);
    roundTrips.push(`${name} in ${(performance.now() - startedAt).toFixed(1)} ms`);
    check(response.opCode === OpCode.Response, `over ${name} a Request is answered by a Response`);
    check(response.messageId === messageId, `over ${name} the Response carries the Request's id`);
    check(response.channelNumber === channelNumber, `over ${name} it arrives on the same channel`);
    check(response.body.text() === name, `over ${name} it brings the answer`);
    engine.put(response);
  }
  return `the same question was answered over ${roundTrips.join(', over ')}`;
}

/** Many questions on each channel, a fixed number of them in flight. */
export async function askMany(tour) {
  const rates = [];
  for (const [name, channelNumber] of Object.entries(tour.channels)) {
    const startedAt = performance.now();
    const strays = await flood(tour, channelNumber);
    const seconds = (performance.now() - startedAt) / 1000;
    tour.check(strays === 0, `over ${name} every question got its own answer`);
    rates.push(`${Math.round(QUESTIONS / seconds).toLocaleString('en')} answers/s over ${name}`);
  }
  return `${IN_FLIGHT} in flight, ${rates.join(', ')}`;
}

/**
 * Asks until all is answered. claim() pushes the channel's messages to us, so there is no Promise a message.
 * Answers the number of answers that nobody had asked for.
 */
function flood({ engine, group }, channelNumber) {
  const pending = new Set();
  let strays = 0;
  let asked = 0;
  const ask = () => {
    const options = { headers: HEADERS, body: 'question' };
    pending.add(post(engine, group, channelNumber, OpCode.Request, options).messageId);
    asked++;
  };
  return new Promise((resolve, reject) => {
    const claim = group.claim(channelNumber, response => {
      if (response.isFromEngine()) reject(new Error(describe(response)));
      if (!pending.delete(response.messageId)) strays++;
      if (asked < QUESTIONS) ask();
      else if (pending.size === 0) {
        claim[Symbol.dispose](); // from now on the channel's messages come to the group again
        resolve(strays);
      }
    });
    while (asked < IN_FLIGHT) ask();
  });
}
