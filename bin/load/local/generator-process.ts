/** The process of `npm run load -- --target local` that offers the load. Forked; gets one task, and sends the result. */
import { performance } from 'node:perf_hooks';
import { endWithParent, UsageError } from '../../cli/command';
import { runLoad } from '../run-load';
import type { GeneratorMessage, GeneratorTask } from './generator';

const reply = (message: GeneratorMessage) => process.send?.(message);

endWithParent();
process.once('message', ({ origin, ...plan }: GeneratorTask) => {
  let before = process.cpuUsage();
  runLoad({
    ...plan,
    server: { origin },
    // Comparable with the clock of other processes, and never set back.
    now: () => performance.timeOrigin + performance.now(),
    // What reading the script takes is no cost of the load.
    onStart: () => {
      before = process.cpuUsage();
    },
    onRow: (row) => reply({ row }),
  }).then(
    (result) => {
      const { user, system } = process.cpuUsage(before);
      reply({ done: { result, generatorMs: (user + system) / 1000 } });
    },
    (error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      reply({ usageError: error.message });
    },
  );
});
