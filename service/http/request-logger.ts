import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../telemetry/logger';

type Bindings = Parameters<Logger['child']>[0];
type Line = Parameters<FastifyBaseLogger['info']>;

/**
 * Makes the logger of a request, which adds the request's id to each line. The child behind it is made for the first
 * line only: most requests write none, and making one costs as much as parsing a small body.
 */
export function requestLogger(parent: Logger, bindings: Bindings): FastifyBaseLogger {
  let made: Logger | undefined;
  const child = () => {
    made ??= parent.child(bindings);
    return made;
  };
  return {
    level: parent.level,
    silent: () => undefined,
    fatal: (...line: Line) => child().fatal(...line),
    error: (...line: Line) => child().error(...line),
    warn: (...line: Line) => child().warn(...line),
    info: (...line: Line) => child().info(...line),
    debug: (...line: Line) => parent.isLevelEnabled('debug') && child().debug(...line),
    trace: (...line: Line) => parent.isLevelEnabled('trace') && child().trace(...line),
    child: (...bound: Parameters<Logger['child']>) => child().child(...bound),
  } as FastifyBaseLogger;
}
