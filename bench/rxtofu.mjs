// The library as it was built: this folder is a package of its own, so the name would not find it.
export * from '../dist/index.js';
