// Draws how slots move while a slow handler works: four moments of a pool of three.

const WIDTH = 640;
const BLUE = '#3e8ed0';

/** What is where at a moment: messages in the sender's queue, in the kernel, and which of the slots are held. */
const MOMENTS = [
  {
    says: '1  every slot is free: sockets are read',
    queue: '',
    wire: 'ab',
    slots: ['', '', ''],
    handler: '',
  },
  {
    says: '2  a runs, b and c wait, each with its slot',
    queue: 'ef',
    wire: 'd',
    slots: ['a', 'b', 'c'],
    handler: 'a',
  },
  {
    says: '3  none is free: the socket is not read, and the sender has to wait',
    queue: 'fgh',
    wire: 'de',
    slots: ['a', 'b', 'c'],
    handler: 'a',
    stopped: true,
  },
  {
    says: '4  a is done: its slot takes d, and so on back to the sender',
    queue: 'gh',
    wire: 'ef',
    slots: ['d', 'b', 'c'],
    handler: 'b',
  },
];

const text = (x, y, content, size = 12, anchor = 'start', fill = 'currentColor') =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${content}</text>`;

const message = (x, y, letter) =>
  `<rect x="${x}" y="${y}" width="24" height="24" rx="4" fill="${BLUE}"/>${text(x + 12, y + 17, letter, 13, 'middle', '#fff')}`;

const row = (x, y, letters) => [...letters].map((letter, at) => message(x + at * 28, y, letter)).join('');

function moment({ says, queue, wire, slots, handler, stopped }, top) {
  const y = top + 30;
  const parts = [text(10, top + 16, says, 13)];
  // Whoever is first stands nearest to the receiver.
  parts.push(row(100 - queue.length * 28, y, [...queue].reverse().join('')));
  parts.push(
    `<path d="M120 ${y + 12}h300" stroke="currentColor" stroke-dasharray="${stopped ? '2 5' : 'none'}"/>`,
  );
  parts.push(row(270 - wire.length * 14, y, [...wire].reverse().join('')));
  if (stopped) parts.push(`<path d="M408 ${y}v24" stroke="#d0505f" stroke-width="4"/>`);
  slots.forEach((letter, at) => {
    const x = 430 + at * 32;
    parts.push(`<rect x="${x}" y="${y - 2}" width="28" height="28" rx="4" stroke="currentColor"/>`);
    if (letter !== '') parts.push(message(x + 2, y, letter));
  });
  parts.push(
    `<path d="M535 ${y + 12}h40" stroke="currentColor"/>`,
    `<circle cx="600" cy="${y + 12}" r="20" stroke="currentColor"/>`,
  );
  parts.push(text(600, y + 17, handler === '' ? 'idle' : handler, 13, 'middle'));
  return parts.join('');
}

/** The picture, a file of its own. */
export function drawSlots() {
  const height = 40 + MOMENTS.length * 74;
  const heads =
    text(10, 20, 'sender’s queue') +
    text(270, 20, 'network', 12, 'middle') +
    text(430, 20, 'slots of the pool') +
    text(600, 20, 'handler', 12, 'middle');
  const style = '<style>svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#d0d7de}}</style>';
  const title = '<title>Slots moving: a slow handler, a pool of three, and a sender that has to wait</title>';
  const moments = MOMENTS.map((each, at) => moment(each, 30 + at * 74)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" fill="none" role="img">${title}${style}${heads}${moments}</svg>\n`;
}
