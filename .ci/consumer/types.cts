// A CommonJS consumer: the declarations resolve, hold names, and type-check with skipLibCheck off.
import rxtofu = require('rxtofu');
import testing = require('rxtofu/testing');

type IsAny<T> = 0 extends 1 & T ? true : false;

export const isTyped: [IsAny<typeof rxtofu>, IsAny<typeof testing>] = [false, false];
export const hasNames: [[keyof typeof rxtofu] extends [never] ? false : true] = [true];
