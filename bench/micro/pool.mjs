// Slots, and the messages that take them.
import { context, engine } from './messages.mjs';

const { slots } = context.pool;
const BATCH = 32;

export const pool = [
  {
    name: 'pool: get and put',
    play: () => engine.put(engine.get()),
  },
  {
    name: `pool: get and put, ${BATCH} held`,
    units: BATCH,
    play: () => {
      const held = [];
      for (let n = 0; n < BATCH; n++) held.push(engine.get());
      for (const message of held) engine.put(message);
    },
  },
  {
    name: 'pool: a slot taken and given back',
    play: () => {
      slots.take();
      slots.giveBack(1, false);
      return slots.free;
    },
  },
];
