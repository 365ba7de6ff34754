// Checks the code in README.md, docs/guides and the @example of every docstring in lib: every `ts` and `js` block is type-checked against the build, and those marked `run`
// (```ts run) are run as well, and must print what their `//> ` comments say, line by line.
//
// A block with an import is a whole program, and nothing else is in scope. One without is a fragment: what rxjs, rxtofu and rxtofu/testing
// export is in scope, and what PRELUDE declares. The README's first program is run by spec/readme.spec.ts.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const LIMIT_MS = 20_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const guides = readdirSync(join(root, 'docs', 'guides')).filter(file => file.endsWith('.md'));
const DOCUMENTS = ['README.md', 'docs/README.md', ...guides.sort().map(file => `docs/guides/${file}`)];

/** The examples in the docstrings of a source file, which are fragments. */
function examplesOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^ *\* @example\n((?: *\* ?(?!\/|@).*\n| *\*\n)+)/gm)].map(
    ({ 1: lines, index }) => {
      const line = text.slice(0, index).split('\n').length;
      const code = lines.replace(/^ *\* ?/gm, '');
      return { where: `${file}:${line}`, line, language: 'ts', code, isRun: false, info: '' };
    },
  );
}

/** What a fragment may use besides what the packages export: what every example has at hand, and would only hide what it shows. */
const PRELUDE = `
import type { Observable } from 'rxjs';
import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import type * as rxtofu from 'rxtofu';
import type { VirtualNetwork } from 'rxtofu/testing';

declare global {
  type Listener = rxtofu.Listener;
  type Peer = rxtofu.Peer;
  const engine: rxtofu.Engine;
  const group: rxtofu.ChannelGroup;
  const address: rxtofu.Address;
  const listener: rxtofu.Listener;
  const peer: rxtofu.Peer;
  const message: rxtofu.Message;
  const request: rxtofu.Message;
  const hello: rxtofu.Message;
  const channelNumber: number;
  const id: bigint;
  const net: VirtualNetwork;
  const testScheduler: TestScheduler;
  const expectObservable: RunHelpers['expectObservable'];

  // The application's own.
  const source$: Observable<string>;
  const file$: Observable<Uint8Array>;
  function work(on: string | rxtofu.Peer): Observable<string>;
  function save(file: Uint8Array): void;
  function forget(channelNumber: number): void;
  function postLast(id: bigint): void;

  // From Node and from jest.
  function createReadStream(path: string): AsyncIterable<Uint8Array>;
  function writeFile(path: string, data: Uint8Array): Promise<void>;
  function afterEach(f: () => Promise<void>): void;
}
`;

/** The blocks of a document, each with the line that it begins on. */
function blocksOf(document) {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```(ts|js)\b([^\n]*)\n([^]*?)^```$/gm)].map(
    ({ 1: language, 2: info, 3: code, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return {
        where: `${document}:${line}`,
        line,
        language,
        code,
        isRun: info.trim() === 'run',
        info: info.trim(),
      };
    },
  );
}

/** Every name that a module exports, as a global: values as values, types as types. */
function globalsOf(specifier) {
  const host = join(directory, `exports-of-${specifier.replace('/', '-')}.ts`);
  writeFileSync(host, `import * as all from '${specifier}';\nexport default all;\n`);
  const program = ts.createProgram([host], OPTIONS);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(host);
  const [declaration] = source.statements;
  const alias = checker.getSymbolAtLocation(declaration.importClause.namedBindings.name);
  const names = checker.getExportsOfModule(checker.getAliasedSymbol(alias));
  return names
    .filter(({ name }) => name !== 'default')
    .map(symbol => {
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [
        symbol.name,
        flags & ts.SymbolFlags.Value
          ? `const ${symbol.name}: typeof import('${specifier}').${symbol.name};`
          : '',
      ];
    });
}

const directory = mkdtempSync(join(tmpdir(), 'rxtofu-snippets-'));
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
  strict: true,
  checkJs: true,
  allowJs: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  outDir: join(directory, 'out'),
  rootDir: directory,
};

function link(name) {
  const target = name === 'rxtofu' ? root : join(root, 'node_modules', name);
  mkdirSync(join(directory, 'node_modules', '@types'), { recursive: true });
  symlinkSync(target, join(directory, 'node_modules', name), 'dir');
}

/** A program of everything in scope of a fragment. */
function writePrelude() {
  const declared = new Map(['rxjs', 'rxtofu', 'rxtofu/testing'].flatMap(globalsOf));
  const lines = [...declared.values()].filter(line => line !== '');
  writeFileSync(join(directory, 'exports.d.ts'), `export {};\ndeclare global {\n${lines.join('\n')}\n}\n`);
  writeFileSync(join(directory, 'prelude.d.ts'), PRELUDE);
}

function errorsOf(files, ambient) {
  const program = ts.createProgram([...files.map(({ path }) => path), ...ambient], OPTIONS);
  const found = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const block = files.find(({ path }) => path === file?.fileName);
    const { line } = file === undefined ? { line: 0 } : ts.getLineAndCharacterOfPosition(file, start);
    const where =
      block === undefined ? (file?.fileName ?? '') : `${block.where.split(':')[0]}:${block.line + 1 + line}`;
    return `${where} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  program.emit();
  return found;
}

/** Lines as a comment can have them. */
const trimmed = text => text.replace(/[ \t]+$/gm, '');

/** Runs a block; answers what is wrong with what it did, or null. */
function run({ code, emitted }) {
  const wanted = [...code.matchAll(/\/\/>(?: (.*))?$/gm)].map(([, line = '']) => line);
  if (wanted.length === 0) return Promise.resolve('says nothing of what it prints (`//> `)');
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--throw-deprecation', emitted], {
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    for (const name of ['stdout', 'stderr']) child[name].on('data', chunk => (printed[name] += chunk));
    child.on('close', code => {
      clearTimeout(timer);
      const same = trimmed(printed.stdout) === trimmed(`${wanted.join('\n')}\n`);
      if (isTimedOut) resolve(`no end after ${LIMIT_MS} ms\n${printed.stdout}${printed.stderr}`);
      else if (code !== 0) resolve(`exit ${code}\n${printed.stderr}`);
      else resolve(same ? null : `printed\n${printed.stdout}instead of\n${wanted.join('\n')}`);
    });
  });
}

if (!existsSync(join(root, 'dist'))) throw new Error('dist/ is missing: run `npm run build` first');

const sources = readdirSync(join(root, 'lib'), { recursive: true }).filter(file => file.endsWith('.ts'));
const examples = sources.sort().flatMap(file => examplesOf(`lib/${file}`));
const blocks = [...DOCUMENTS.flatMap(blocksOf), ...examples];
const failures = blocks
  .filter(({ info }) => !['', 'run'].includes(info))
  .map(({ where, info }) => `${where} ${info} means nothing`);
try {
  for (const name of ['rxtofu', 'rxjs', '@types/node']) link(name);
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  for (const [at, block] of blocks.entries()) {
    // A program of JavaScript may use types nowhere, so it is read as TypeScript, too.
    block.path = join(directory, `block-${at}.ts`);
    block.emitted = join(directory, 'out', `block-${at}.js`);
    block.isProgram = /^import /m.test(block.code);
    writeFileSync(block.path, block.code);
  }
  writePrelude();
  const programs = blocks.filter(({ isProgram }) => isProgram);
  const fragments = blocks.filter(({ isProgram }) => !isProgram);
  failures.push(...errorsOf(programs, []));
  failures.push(...errorsOf(fragments, [join(directory, 'exports.d.ts'), join(directory, 'prelude.d.ts')]));
  writeFileSync(join(directory, 'out', 'package.json'), '{ "type": "module" }');
  const runnable = blocks.filter(({ isRun }) => isRun);
  if (failures.length === 0) {
    for (const block of runnable) {
      const startedAt = performance.now();
      const failure = await run(block);
      console.log(
        `${failure === null ? 'ok  ' : 'FAIL'} ${block.where} (${Math.round(performance.now() - startedAt)} ms)`,
      );
      if (failure !== null) failures.push(`${block.where} ${failure}`);
    }
  }
  // A guide is there to be tried out.
  for (const document of DOCUMENTS.filter(name => name.includes('/guides/'))) {
    if (!runnable.some(({ where }) => where.startsWith(`${document}:`)))
      failures.push(`${document} has nothing that runs`);
  }
  console.log(
    `${blocks.length} code blocks are type-checked, ${examples.length} of them in docstrings; ${runnable.length} were run`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
for (const failure of failures) console.error(`FAIL ${failure}`);
if (failures.length > 0) process.exitCode = 1;
