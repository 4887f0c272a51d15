import closeWithGrace from 'close-with-grace';
import { type Environment, readConfig, type ServiceConfig, ServiceConfigError } from '../config';
import { createLogger, type Logger } from '../telemetry/logger';
import type { RunningServer } from './run-server';

export interface ProcessProps {
  readonly environment: Environment;
  /** Starts the server. */
  readonly start: (config: ServiceConfig, logger: Logger) => Promise<RunningServer>;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/**
 * Longest time from the end of the drain to the end of the process, ms: what waits is written and connections end. The
 * pod's grace period leaves 30 s for it.
 */
const FLUSH_MS = 20_000;

/** Time in which open connections tell their callers that they close, ms. */
const LINGER_MS = 1000;

/** Runs a server until a signal ends it: the first finishes what is under way, a second one ends at once. */
export async function runProcess({ environment, start, exit }: ProcessProps): Promise<void> {
  let config: ServiceConfig;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ServiceConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    exit(1);
    return;
  }
  const logger = createLogger({ level: config.logLevel, pod: config.podName });
  let server: RunningServer | undefined;
  const delay = LINGER_MS + config.gateway.drainSeconds * 1000 + FLUSH_MS;
  closeWithGrace({ delay, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, 'the server ends because of an error');
    else logger.info({ signal }, 'the server ends');
    await server?.close(LINGER_MS);
  });
  server = await start(config, logger);
}
