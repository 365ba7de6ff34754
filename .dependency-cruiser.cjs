'use strict';

// The rooms of lib/, in reading order: a room may import itself and the rooms before it, never one after it.
const ROOMS = [
  'message',
  'wire',
  'address',
  'pool',
  'transport',
  'engine',
  'rx',
  'operators',
  'peer',
  'testing',
];

/** Rooms that know nothing of RxJS: everything up to and including the engine. */
const WITHOUT_RXJS = ROOMS.slice(0, ROOMS.indexOf('engine') + 1);

/** Rooms that may open sockets. */
const WITH_SOCKETS = ['transport', 'testing'];

const anyOf = names => `(?:${names.join('|')})`;

const layers = ROOMS.map((room, index) => ({
  name: `layer-${room}`,
  comment: `lib/${room} may import only: ${ROOMS.slice(0, index + 1).join(', ')}.`,
  severity: 'error',
  from: { path: `^lib/${room}/` },
  to: { path: '^lib/', pathNot: `^lib/${anyOf(ROOMS.slice(0, index + 1))}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'No import cycles, type-only imports included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...layers,
    {
      name: 'known-rooms',
      comment: 'A new room needs its place in the order above; loose files in lib/ have none.',
      severity: 'error',
      from: { path: '^lib/', pathNot: `^lib/(?:index\\.ts$|${anyOf(ROOMS)}/)` },
      to: {},
    },
    {
      name: 'testing-is-a-door-of-its-own',
      comment: 'Only specs import lib/testing; users have `rxtofu/testing`.',
      severity: 'error',
      from: { pathNot: '^(?:spec|lib/testing)/' },
      to: { path: '^lib/testing/' },
    },
    {
      name: 'lib-stands-alone',
      comment: 'The library imports nothing from outside lib/ but packages and Node.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { pathNot: '^lib/', dependencyTypes: ['local', 'localmodule', 'aliased'] },
    },
    {
      name: 'cli-is-a-user',
      comment: 'The command line takes of the library what every user has: the public entry.',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(?:lib|spec)/', pathNot: '^lib/index\\.ts$' },
    },
    {
      name: 'sockets-in-transport',
      comment: `node:net is for ${WITH_SOCKETS.join(' and ')}.`,
      severity: 'error',
      from: { path: '^lib/', pathNot: `^lib/${anyOf(WITH_SOCKETS)}/` },
      to: { path: '^(?:node:)?(?:net|tls|dgram|http|http2|https)$' },
    },
    {
      name: 'rxjs-after-engine',
      comment: `No RxJS in ${WITHOUT_RXJS.join(', ')}.`,
      severity: 'error',
      from: { path: `^lib/${anyOf(WITHOUT_RXJS)}/` },
      to: { path: '(?:^|/)(?:node_modules/)?rxjs(?:/|$)' },
    },
    {
      name: 'no-dev-dependencies',
      comment: 'The library may import peer dependencies and Node, nothing else.',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'resolvable',
      comment: 'Every import must resolve.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
