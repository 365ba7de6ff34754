// The jobs that wait, and the workers that wait for jobs.
import { Observable } from 'rxjs';

export class JobQueue {
  #jobs;
  #takers = new Set();
  #isClosed = false;

  constructor(jobs) {
    this.#jobs = [...jobs];
  }

  get isClosed() {
    return this.#isClosed;
  }

  /** Cold: emits one job in one of `languages`, now or when there is one. Completes without one when the queue is closed. */
  take(languages) {
    return new Observable(subscriber => {
      const taker = { languages, subscriber };
      subscriber.add(() => this.#takers.delete(taker));
      this.#takers.add(taker);
      this.#match();
    });
  }

  /** Gives a job back: it is the next one of its language. */
  putBack(job) {
    this.#jobs.unshift(job);
    this.#match();
  }

  /** There will be no more work. */
  close() {
    this.#isClosed = true;
    this.#match();
  }

  #match() {
    for (const taker of this.#takers) {
      const at = this.#jobs.findIndex(job => taker.languages.includes(job.language));
      if (at < 0 && !this.#isClosed) continue;
      // Off the list first: whoever gets a job may ask for the next one within `next`.
      this.#takers.delete(taker);
      if (at >= 0) taker.subscriber.next(...this.#jobs.splice(at, 1));
      taker.subscriber.complete();
    }
  }
}
