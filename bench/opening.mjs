/** How many connections are under way at once: fewer than a listener's backlog. */
const AT_ONCE = 64;

/**
 * Opens the connections of a workload, those first that stay idle, and tells the side when all stand.
 *
 * @param open opens one, and resolves with it
 * @returns those to work on
 */
export async function openAll({ connections = 1, idle = 0 }, side, open) {
  const opened = [];
  while (opened.length < idle + connections) {
    const count = Math.min(AT_ONCE, idle + connections - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: count }, () => open()))));
  }
  side.keep(opened);
  side.opened();
  return opened.slice(idle);
}
