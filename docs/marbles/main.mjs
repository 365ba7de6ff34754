// Draws docs/guides/images/*.svg from diagrams.json; with --check it draws nothing, and fails where a file is not what would be drawn.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawFile } from './draw.mjs';
import { drawSlots } from './slots.mjs';

const images = new URL('../guides/images/', import.meta.url);
const diagrams = JSON.parse(readFileSync(new URL('diagrams.json', import.meta.url), 'utf8'));
const drawn = new Map(Object.entries(diagrams).map(([name, diagram]) => [`${name}.svg`, drawFile(diagram)]));
drawn.set('slots.svg', drawSlots());

if (!process.argv.includes('--check')) {
  for (const [name, svg] of drawn) writeFileSync(new URL(name, images), svg);
} else {
  const found = new Map(readdirSync(images).map(name => [name, readFileSync(new URL(name, images), 'utf8')]));
  const stale = [...new Set([...drawn.keys(), ...found.keys()])].filter(
    name => drawn.get(name) !== found.get(name),
  );
  for (const name of stale) console.error(`FAIL docs/guides/images/${name}: run \`npm run docs:draw\``);
  if (stale.length > 0) process.exitCode = 1;
  else console.log(`ok   ${drawn.size} pictures are what their strings say`);
}
