// What is to be printed: documents in three page languages, each page a few hundred bytes.
import { createHash, randomBytes } from 'node:crypto';

export const LANGUAGES = ['postscript', 'pcl', 'pdf'];

const PAGE_BYTES = 700;

/** Jobs with the ids 1..count, of 4 to 9 pages each. */
export function makeJobs(count) {
  return Array.from({ length: count }, (_, index) => {
    const pages = 4 + ((index * 7) % 6);
    const document = randomBytes(pages * PAGE_BYTES);
    return { id: index + 1, language: LANGUAGES[index % LANGUAGES.length], pages, document };
  });
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
