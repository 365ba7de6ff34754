import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as rxtofu from 'rxtofu';
import * as testing from 'rxtofu/testing';

const require = createRequire(import.meta.url);
const names = module => Object.keys(module).filter(name => name !== 'default' && name !== 'module.exports');

for (const [specifier, module] of Object.entries({ rxtofu, 'rxtofu/testing': testing })) {
  assert.ok(names(module).length > 0, `${specifier} exports nothing`);
  assert.ok(!('default' in module), `${specifier} has a default export`);
  assert.deepEqual(
    names(module).sort(),
    names(require(specifier)).sort(),
    `${specifier}: ESM and CommonJS differ`,
  );
}
