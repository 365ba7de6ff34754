// The floor that writes when there is nothing more to read, or its chunk is full.
import { floor } from './floor.mjs';

export const { server, client } = floor(Infinity);
