import { hasCommand, isInstalled } from './install.mjs';
import { rivalNames } from './rivals/index.mjs';
import { compare } from './runner/compare.mjs';

const AT_ONCE = 4;

/**
 * Every cell of every experiment once, some at a time, for a second: whether it delivers, not how fast. Rivals only where they are installed.
 *
 * @returns whether all delivered
 */
export async function smoke(experiments) {
  const takesPart = subject =>
    !rivalNames.includes(subject) || (isInstalled() && (subject !== 'nats' || hasCommand('nats-server')));
  const cells = Object.values(experiments)
    .flat(2)
    .filter(({ subject }) => takesPart(subject));
  const failures = [];
  const playAll = async () => {
    for (let cell = cells.pop(); cell !== undefined; cell = cells.pop()) {
      const problem = await problemOf(cell);
      if (problem !== null) failures.push(`${cell.workload} ${cell.label}: ${problem}`);
    }
  };
  const count = cells.length;
  await Promise.all(Array.from({ length: AT_ONCE }, playAll));
  for (const failure of failures) console.error(failure);
  console.log(`${count - failures.length} of ${count} deliver`);
  return failures.length === 0;
}

async function problemOf(cell) {
  const options = { rounds: 1, ms: 750, warmUpMs: 250, messages: 200, idle: 50, isPinned: false };
  try {
    const [{ rounds }] = await compare([cell], options);
    const { perSecond, wrongOrder = 0, twice = 0 } = rounds[0];
    if (perSecond === 0) return 'nothing came';
    return wrongOrder + twice > 0 ? `${wrongOrder} in wrong order, ${twice} twice` : null;
  } catch (error) {
    return error.message;
  }
}
