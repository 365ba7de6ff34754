// The slow handler as it must not be written: what waits in concatMap brakes nobody.
import { concatMap } from 'rxjs';
import { drive, serve } from './slow-consumer.mjs';

export const server = (_workload, side) => serve(side, concatMap);
export const client = drive;
