import { listen } from 'rxtofu';

/**
 * `listen` as a Promise of the Listener, which goes on listening until it is closed. (`firstValueFrom` would not do: it
 * unsubscribes behind the first value, and that stops the listening.)
 */
export function openListener(group, address, options) {
  return new Promise((resolve, reject) => {
    listen(group, address, options).subscribe({ next: resolve, error: reject });
  });
}
