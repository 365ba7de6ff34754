// The floor in a process that has loaded RxJS and does not use it: what is left of a difference in memory is not the loading.
import 'rxjs';

export { client, server } from './floor.mjs';
