import os from 'node:os';

/** Where and when this was measured. */
export function machine() {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpus: `${cpus.length} x ${cpus[0].model}`,
    load: Number(os.loadavg()[0].toFixed(1)),
  };
}
