/** A process of `npm run backtest`: goes through the traces that it is sent, one at a time. */
import { endWithParent } from '../cli/command';
import { runTrace, type WorkerMessage, type WorkerTask } from './run-traces';

const reply = (message: WorkerMessage) => process.send?.(message);

process.on('message', async ({ trace, settings }: WorkerTask) => {
  const report = await runTrace(trace, settings, (progress) => reply({ progress }));
  reply({ report });
});

endWithParent();
