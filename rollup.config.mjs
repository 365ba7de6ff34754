import { readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';
import { bundled } from './.ci/bundled.mjs';

// Both entries are built together, so that what they share lands in one common chunk (`shared`): a class that
// `rxtofu` and `rxtofu/testing` both hand out is one class at run time, and one declaration for the type checker.
const input = { index: 'lib/index.ts', testing: 'lib/testing/index.ts' };

const { peerDependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const peers = Object.keys(peerDependencies);
const external = id => isBuiltin(id) || peers.some(peer => id === peer || id.startsWith(`${peer}/`));

const output = (format, extension, more) => ({
  dir: 'dist',
  format,
  entryFileNames: `[name].${extension}`,
  chunkFileNames: `shared.${extension}`,
  generatedCode: { constBindings: true, objectShorthand: true },
  hoistTransitiveImports: false,
  ...more,
});

// Checked with the library's own types only: jest's globals must not leak into the sources.
const compilerOptions = { module: 'ESNext', moduleResolution: 'Bundler', types: ['node'], noEmit: false };

// A warning (an import nobody resolves, a cycle, an unused external) is a broken build.
const onwarn = warning => {
  throw Object.assign(new Error(warning.message), warning);
};

// The command line is a user of the library: it imports the built entry beside it, not a second copy of the sources.
const LIBRARY = '../lib/index.js';

rmSync(new URL('./dist', import.meta.url), { recursive: true, force: true });

export default [
  {
    input,
    external,
    onwarn,
    plugins: [
      typescript({
        tsconfig: './tsconfig.json',
        include: ['lib/**/*.ts'],
        compilerOptions,
        noEmitOnError: true,
      }),
    ],
    output: [
      output('es', 'js', { sourcemap: true }),
      output('cjs', 'cjs', { sourcemap: true, exports: 'named' }),
    ],
  },
  {
    input,
    external,
    onwarn,
    plugins: [dts({ tsconfig: './tsconfig.json', compilerOptions: { types: ['node'] } })],
    output: [output('es', 'd.ts'), output('es', 'd.cts')],
  },
  {
    input: { cli: 'cli/main.ts' },
    external: id => id === LIBRARY || external(id),
    onwarn,
    makeAbsoluteExternalsRelative: false,
    plugins: [
      bundled(['cli-progress']),
      typescript({
        tsconfig: './tsconfig.json',
        include: ['cli/**/*.ts', 'lib/**/*.ts'],
        compilerOptions,
        noEmitOnError: true,
      }),
    ],
    output: [output('es', 'js', { sourcemap: true, paths: { [LIBRARY]: './index.js' } })],
  },
];
