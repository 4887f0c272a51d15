import { Duration } from 'cdk8s';
import { type ContainerProps, Probe } from 'cdk8s-plus-27';

/** Time a slow start may take, 40 tries of 3 s: image warm-up, first database and cache connections. */
const STARTUP_TRIES = 40;

/**
 * The three HTTP probes of a container, all on one path.
 *
 * - Startup asks often, so that a new replica counts within 3 s of being up: scaling ahead of load is worth
 *   nothing if readiness lags. It shields a slow start from the liveness probe for two minutes.
 * - Readiness takes a pod out of the Service after 15 s, well before the ALB would (3 checks of 30 s).
 * - Liveness restarts only after two minutes of silence. The path is the same as readiness's and may ask the
 *   database; a short database failure must not restart every pod at once and meet a cold fleet on recovery.
 */
export function healthProbes(
  path: string,
  port: number,
): Pick<ContainerProps, 'startup' | 'readiness' | 'liveness'> {
  const probe = (periodSeconds: number, timeoutSeconds: number, failureThreshold: number) =>
    Probe.fromHttpGet(path, {
      port,
      periodSeconds: Duration.seconds(periodSeconds),
      timeoutSeconds: Duration.seconds(timeoutSeconds),
      failureThreshold,
    });
  return {
    startup: probe(3, 2, STARTUP_TRIES),
    readiness: probe(5, 3, 3),
    liveness: probe(20, 5, 6),
  };
}
