// Packs the library and uses the tarball as a stranger would: installs it beside rxjs in an empty directory,
// loads it as ESM and as CommonJS, type-checks a consumer against it, asks its command for its version, then runs publint and attw on it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 120_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const readJson = path => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = readJson('package.json');

function run(cwd, command, ...args) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
  } catch (error) {
    const output = [error.stdout, error.stderr].filter(Boolean).join('\n');
    throw new Error(`${[command, ...args].join(' ')}: ${error.message}\n${output}`, { cause: error });
  }
}

const node = (cwd, ...args) => run(cwd, process.execPath, ...args);
const bin = (name, path) => join(root, 'node_modules', name, path);

/** The compilers that its types are read with: the oldest that is supported, and the newest. */
const COMPILERS = ['typescript-5.4@npm:typescript@~5.4.5', 'typescript-7@npm:typescript@^7.0.2'];

/** The version of a package that this repository itself is tested with. */
const installed = name => `${name}@${readJson(join('node_modules', name, 'package.json')).version}`;

function step(title, action) {
  const startedAt = performance.now();
  const result = action();
  console.log(`ok   ${title} (${Math.round(performance.now() - startedAt)} ms)`);
  return result;
}

function targetsOf(conditions) {
  return typeof conditions === 'string' ? [conditions] : Object.values(conditions).flatMap(targetsOf);
}

function checkFiles(paths) {
  const wanted = [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'package.json',
    'dist/THIRD-PARTY-LICENSES.txt',
    ...targetsOf(manifest.exports),
    ...Object.values(manifest.bin),
  ];
  const missing = wanted.map(path => path.replace(/^\.\//, '')).filter(path => !paths.includes(path));
  if (missing.length > 0) throw new Error(`the tarball lacks ${missing.join(', ')}`);
  const unmapped = paths.filter(path => /\.c?js$/.test(path) && !paths.includes(`${path}.map`));
  if (unmapped.length > 0) throw new Error(`no source map of ${unmapped.join(', ')}`);
  const strange = paths.filter(
    path => !/^(?:README\.md|CHANGELOG\.md|LICENSE|package\.json|dist\/)/.test(path),
  );
  if (strange.length > 0) throw new Error(`the tarball holds ${strange.join(', ')}`);
}

if (!existsSync(join(root, 'dist'))) throw new Error('dist/ is missing: run `npm run build` first');

const directory = mkdtempSync(join(tmpdir(), 'rxtofu-package-'));
try {
  const [packed] = step('npm pack', () =>
    JSON.parse(run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', directory)),
  );
  const tarball = join(directory, packed.filename);
  step(`the tarball holds what it should: ${packed.entryCount} files, ${packed.size} bytes`, () =>
    checkFiles(packed.files.map(file => file.path)),
  );

  const consumer = join(directory, 'consumer');
  cpSync(join(root, '.ci', 'consumer'), consumer, { recursive: true });
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  step('npm install in an empty directory', () =>
    run(
      consumer,
      'npm',
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      tarball,
      installed('rxjs'),
      installed('@types/node'),
      ...COMPILERS,
    ),
  );

  step('import from ESM', () => node(consumer, '--throw-deprecation', 'load.mjs'));
  step('require from CommonJS', () => node(consumer, '--throw-deprecation', 'load.cjs'));
  step('one process with both, an engine each', () => node(consumer, '--throw-deprecation', 'both.mjs'));
  for (const compiler of ['typescript-5.4', 'typescript-7']) {
    step(`type-check a consumer with ${compiler}`, () =>
      node(consumer, join('node_modules', compiler, 'bin', 'tsc'), '--project', '.'),
    );
  }
  step('npx rxtofu --version', () => {
    const printed = run(consumer, 'npx', '--no-install', 'rxtofu', '--version');
    if (printed !== `${manifest.version}\n`) throw new Error(`it printed ${JSON.stringify(printed)}`);
  });
  step('publint', () => node(root, bin('publint', 'src/cli.js'), 'run', tarball, '--strict'));
  step('attw', () =>
    node(root, bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'node16', '--no-color'),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
