// What the command line brings along: a kept library, put into dist/cli.js with what it needs, so that `dependencies`
// stays empty. Their licences go into a file beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const LICENCES = 'THIRD-PARTY-LICENSES.txt';

/** A rollup plugin that bundles the packages of these names, CommonJS as they are. */
export function bundled(names) {
  const packages = new Set();
  return {
    name: 'bundled',
    resolveId: id => (names.includes(id) ? `\0bundled:${id}` : null),
    async load(id) {
      if (!id.startsWith('\0bundled:')) return null;
      const { outputFiles, metafile } = await build({
        entryPoints: [id.slice('\0bundled:'.length)],
        absWorkingDir: root,
        bundle: true,
        // Whole paths of this machine stand in what is not minified.
        minify: true,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        // A bundled CommonJS package requires what Node itself brings.
        banner: {
          js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        },
        legalComments: 'none',
        metafile: true,
        write: false,
      });
      for (const file of Object.keys(metafile.inputs)) packages.add(packageOf(file));
      // Minified code has no lines to point at.
      return { code: outputFiles[0].text, map: { mappings: '' } };
    },
    generateBundle() {
      const source = [...packages]
        .map(licenceOf)
        .sort()
        .join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: LICENCES, source });
    },
  };
}

function packageOf(file) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(resolve(root, file)) ?? [dirname(file)];
  return folder;
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version} (${license})\n\n${licenceText(folder).trim()}\n`;
}

/** A package that is bundled without its licence would be a broken promise: this throws where there is none. */
function licenceText(folder) {
  const file = readdirSync(folder).find(name => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} holds no licence`);
  return readFileSync(join(folder, file), 'utf8');
}
