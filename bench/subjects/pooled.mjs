// The slow handler as it is meant to be written.
import { pooled } from '../rxtofu.mjs';
import { drive, serve } from './slow-consumer.mjs';

export const server = (_workload, side) => serve(side, pooled);
export const client = drive;
