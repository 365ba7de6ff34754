import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What Node itself defines, for the plain JavaScript files (TypeScript checks its own names). */
const nodeGlobals = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis).map(name => [name, 'readonly']),
);

const focused = ['describe', 'it', 'test'].flatMap(object =>
  ['only', 'skip'].map(property => ({ object, property, message: 'A spec that does not run is a failure.' })),
);

export default defineConfig(
  { ignores: ['api/', '**/dist/', 'coverage/', 'docs/site/', 'spec/golden/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,

  {
    files: ['**/*.{ts,mts,cts}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use an `as const` object and a derived type.' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: false, allowAny: false, allowRegExp: false },
      ],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      // An async function without await is how a promise-returning interface is implemented.
      '@typescript-eslint/require-await': 'off',
    },
  },

  {
    files: ['lib/**/*.ts', 'cli/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'rxjs/operators', message: "Import operators from 'rxjs'." }],
          patterns: [{ group: ['rxjs/internal/**', 'rxjs/src/**'], message: 'Not a public path of rxjs.' }],
        },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
    },
  },

  {
    files: ['spec/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...focused],
      'no-restricted-globals': ['error', 'fdescribe', 'fit', 'xdescribe', 'xit', 'xtest'],
      // `expect(object.method)` and jest's asymmetric matchers are at home in specs.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },

  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: nodeGlobals },
    rules: { eqeqeq: 'error' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', exports: 'writable', __dirname: 'readonly' },
    },
  },

  // The package consumer is a project of its own, which takes the package as its users do.
  {
    files: ['.ci/consumer/**'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
);
