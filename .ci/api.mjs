// The public types, as they are shipped, against the report in api/: a change of the contract shows in the same commit that makes it.
// `node .ci/api.mjs --update` writes the report anew.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const REPORTS = {
  'api/rxtofu.d.ts': ['dist/index.d.ts', 'dist/shared.d.ts'],
  'api/testing.d.ts': ['dist/testing.d.ts'],
};
const update = process.argv.includes('--update');

/** Declarations without their prose, which may change freely. */
function reportOf(path) {
  const source = ts.createSourceFile(path, readFileSync(root + path, 'utf8'), ts.ScriptTarget.ES2022, true);
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

let differs = false;
for (const [report, paths] of Object.entries(REPORTS)) {
  const text = paths.map(path => reportOf(path)).join('\n');
  if (update) {
    mkdirSync(`${root}api`, { recursive: true });
    writeFileSync(root + report, text);
    continue;
  }
  const same = readFileSync(root + report, 'utf8') === text;
  console.log(`${same ? 'ok  ' : 'FAIL'} ${report}`);
  differs ||= !same;
}
if (differs) {
  console.error('the public types have changed: run `npm run api` and commit the report with the change');
  process.exitCode = 1;
}
