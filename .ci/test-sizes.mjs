// What an application pays that bundles the library: minified by esbuild, without rxjs. Each limit is named where it is passed.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const KIB = 1024;
const LIMIT_GZIPPED = 44 * KIB;
const LIMIT_EFFECT = 100;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Functions that need no connection. */
const ALONE = [
  'backoff',
  'chunked',
  'fromEngine',
  'fromPeers',
  'keepAlive',
  'ofChannel',
  'ofOpCode',
  'ofStatus',
  'pooled',
  'postFrom',
  'reassemble',
  'windowByMessageId',
];

async function bundle(contents) {
  const result = await build({
    stdin: { contents, resolveDir: root, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: ['rxjs'],
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const [{ text }] = result.outputFiles;
  const [{ imports }] = Object.values(result.metafile.outputs);
  return { text, bytes: text.length, imports: imports.map(({ path }) => path.replace('node:', '')) };
}

const failures = [];
const check = (holds, text) => {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${text}`);
  if (!holds) failures.push(text);
};

const whole = await bundle("export * from './dist/index.js'");
const gzipped = gzipSync(whole.text).length;
check(
  gzipped <= LIMIT_GZIPPED,
  `everything: ${whole.bytes} bytes minified, ${gzipped} of ${LIMIT_GZIPPED} gzipped`,
);
const effect = await bundle("import './dist/index.js'");
check(effect.bytes < LIMIT_EFFECT, `imported for its effect: ${effect.bytes} of ${LIMIT_EFFECT} bytes`);
for (const name of ALONE) {
  const { bytes, imports } = await bundle(`export { ${name} } from './dist/index.js'`);
  check(4 * bytes < whole.bytes, `${name}: ${bytes} bytes, of a quarter of everything`);
  const heavy = imports.filter(path => path === 'net' || path === 'fs');
  check(heavy.length === 0, `${name}: without net and fs${heavy.map(path => `, but for ${path}`).join('')}`);
}
process.exitCode = failures.length === 0 ? 0 : 1;
