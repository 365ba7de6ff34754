// An ESM consumer: the declarations resolve, hold names, and type-check with skipLibCheck off.
import * as rxtofu from 'rxtofu';
import * as testing from 'rxtofu/testing';

type IsAny<T> = 0 extends 1 & T ? true : false;

export const isTyped: [IsAny<typeof rxtofu>, IsAny<typeof testing>] = [false, false];
export const hasNames: [[keyof typeof rxtofu] extends [never] ? false : true] = [true];
