'use strict';

const assert = require('node:assert/strict');

for (const specifier of ['rxtofu', 'rxtofu/testing']) {
  assert.ok(Object.keys(require(specifier)).length > 0, `${specifier} exports nothing`);
}
assert.throws(() => require('rxtofu/dist/shared.cjs'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
