import { Duration } from 'cdk8s';
import { type ContainerProps, Probe } from 'cdk8s-plus-27';

/** Failures of the startup probe, one every 3 s, that a slow start may take: first database and cache connections. */
const STARTUP_FAILURE_THRESHOLD = 40;

/**
 * The three HTTP probes of a container, all on one path.
 *
 * - Startup probes every 3 s, so that a new replica is ready within 3 s of being up: scaling ahead of load does not
 *   help if readiness lags. It protects a slow start from the liveness probe for two minutes.
 * - Readiness removes a pod from the Service after 15 s, well before the ALB would (3 checks of 30 s).
 * - Liveness restarts a pod only after two minutes of failures. Its path is the same as readiness's and may query the
 *   database: a short database failure must not restart every pod at once and leave cold pods for the recovery.
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
    startup: probe(3, 2, STARTUP_FAILURE_THRESHOLD),
    readiness: probe(5, 3, 3),
    liveness: probe(20, 5, 6),
  };
}
