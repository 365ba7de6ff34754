import { Observable, type Observer, type Subscription } from 'rxjs';

/**
 * Subscribes to `source` for as long as `life` lasts. Unlike `life.add(source.subscribe(...))` it also stops a source that emits while it is
 * being subscribed to.
 *
 * @param whenOver called once the source has been torn down, however it ended
 */
export function subscribeWithin<T>(
  life: Subscription,
  source: Observable<T>,
  observer: Partial<Observer<T>>,
  whenOver?: () => void,
): void {
  new Observable<T>(subscriber => {
    // Wired before the source can emit.
    life.add(subscriber);
    if (!subscriber.closed) source.subscribe(subscriber);
    return whenOver;
  }).subscribe(observer);
}
