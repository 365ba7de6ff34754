// Draws marble diagrams as SVG, from the strings of diagrams.json, which spec/operators/diagrams.spec.ts runs.

const FRAME = 30;
const ROW = 46;
const LEFT = 112;
const TOP = 14;
const RADIUS = 12;
const BOX = 34;
const COLOURS = ['#3e8ed0', '#e0793b', '#48a868', '#b05bb5', '#c9a227', '#d0505f', '#4aa5a5'];

const escape = text =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** What a marble string says, each with its frame: what is in parentheses is one frame, and takes as many as it has characters. */
export function eventsOf(marbles) {
  const events = [];
  let group = -1;
  for (const [at, sign] of [...marbles].entries()) {
    if (sign === '(') group = at;
    else if (sign === ')') group = -1;
    else if (sign !== '-' && sign !== ' ') events.push({ frame: group < 0 ? at : group, sign });
  }
  return events;
}

const lengthOf = marbles =>
  1 + Math.max(0, ...eventsOf(marbles).map(({ frame }) => frame), marbles.replace(/\(.*\)$/, '').length - 1);

function text(x, y, content, size, more = '') {
  return `<text x="${x}" y="${y}" font-size="${size}" ${more}>${escape(content)}</text>`;
}

function event({ frame, sign }, y, colourOf) {
  const x = LEFT + frame * FRAME + FRAME / 2;
  if (sign === '|') return `<path d="M${x} ${y - 17}v34" stroke="currentColor" stroke-width="3"/>`;
  if (sign === '#')
    return `<path d="M${x - 8} ${y - 8}l16 16m0 -16l-16 16" stroke="#d0505f" stroke-width="3"/>`;
  const marble = `<circle cx="${x}" cy="${y}" r="${RADIUS}" fill="${colourOf(sign)}"/>`;
  return marble + text(x, y + 5, sign, 14, 'text-anchor="middle" fill="#fff"');
}

/** So many slots, one on top of the other. */
function level({ frame, sign }, y) {
  const x = LEFT + frame * FRAME + FRAME / 2;
  const slots = Array.from(
    { length: Number(sign) },
    (_, n) => `<rect x="${x - 7}" y="${y + 8 - n * 9}" width="14" height="7" fill="#3e8ed0"/>`,
  );
  return `${slots.join('')}<path d="M${x - 10} ${y + 17}h20" stroke="currentColor"/>`;
}

function row({ name, marbles, levels, side }, y, colourOf) {
  const label = text(LEFT - 10, y + 5, name, 13, 'text-anchor="end" fill="currentColor"');
  if (levels)
    return (
      label +
      eventsOf(marbles)
        .map(each => level(each, y))
        .join('')
    );
  const width = lengthOf(marbles) * FRAME;
  const dashes = side === 'inside' ? ' stroke-dasharray="4 3"' : '';
  const line = `<path d="M${LEFT} ${y}h${width}" stroke="currentColor"${dashes}/>`;
  // The end lies under the marbles of its frame.
  const events = eventsOf(marbles).sort((a, b) => Number(b.sign === '|') - Number(a.sign === '|'));
  return label + line + events.map(each => event(each, y, colourOf)).join('');
}

/** A diagram as an SVG element, on one line. Where colours are not set (`currentColor`), they are those of the text around it. */
export function draw({ call, says, letters, rows }) {
  const kinds = [...new Set(Object.values(letters))];
  const colourOf = sign => COLOURS[kinds.indexOf(letters[sign]) % COLOURS.length] ?? '#888';
  const legend = kinds
    .map(
      kind =>
        `${Object.keys(letters)
          .filter(letter => letters[letter] === kind)
          .join(' ')}: ${kind}`,
    )
    .join('   ');
  const longest = Math.max(...rows.map(({ marbles }) => lengthOf(marbles)));
  const width = Math.max(LEFT + longest * FRAME + 20, 20 + call.length * 8.6, 20 + legend.length * 6.8);
  const parts = [];
  let y = TOP;
  const draws = chosen => {
    for (const each of chosen) {
      parts.push(row(each, y + ROW / 2, colourOf));
      y += ROW;
    }
  };
  draws(rows.filter(({ side }) => side === undefined));
  const inside = rows.filter(({ side }) => side === 'inside');
  const height = BOX + inside.length * ROW;
  parts.push(
    `<rect x="6" y="${y}" width="${width - 12}" height="${height}" rx="4" fill="none" stroke="currentColor"/>`,
  );
  parts.push(
    text(width / 2, y + 22, call, 14, 'text-anchor="middle" font-family="monospace" fill="currentColor"'),
  );
  y += BOX;
  draws(inside);
  y += 4;
  draws(rows.filter(({ side }) => side === 'out'));
  parts.push(text(10, y + 16, legend, 12, 'fill="currentColor" xml:space="preserve"'));
  y += 26;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${y}" width="${Math.ceil(width)}" height="${y}" font-family="sans-serif" fill="none" role="img">`;
  return `${open}<title>${escape(`${call}: ${says}`)}</title>${parts.join('')}</svg>`;
}

/** The same as a file of its own, which is light or dark by itself. */
export function drawFile(diagram) {
  const style = '<style>svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#d0d7de}}</style>';
  return `${draw(diagram).replace('</title>', `</title>${style}`)}\n`;
}
