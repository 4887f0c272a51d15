import { Duration } from 'cdk8s';
import { type ContainerProps, Probe } from 'cdk8s-plus-27';

/** Failures of the startup probe, one every 3 s, that a slow start may take. */
const STARTUP_FAILURE_THRESHOLD = 40;

export interface HealthProbesProps {
  /** HTTP path that answers with 2xx while the process runs. */
  readonly healthPath: string;
  /** HTTP path that answers with 2xx while the pod may get new requests. */
  readonly readyPath: string;
  /** Port of both paths. */
  readonly port: number;
}

/**
 * The three HTTP probes of a container.
 *
 * - Startup probes every 3 s, so that a new replica is asked for its readiness within 3 s of being up: scaling ahead of
 *   load does not help if readiness lags. It protects a slow start from the liveness probe for two minutes.
 * - Readiness removes a pod from the Service after 15 s, well before the ALB would (3 checks of 30 s). A pod that waits
 *   for the database or its schema is not ready, and is not restarted: a restart would not repair the database.
 * - Liveness restarts a pod only after two minutes without an answer of the process.
 */
export function healthProbes({
  healthPath,
  readyPath,
  port,
}: HealthProbesProps): Pick<ContainerProps, 'startup' | 'readiness' | 'liveness'> {
  const probe = (path: string, periodSeconds: number, timeoutSeconds: number, failureThreshold: number) =>
    Probe.fromHttpGet(path, {
      port,
      periodSeconds: Duration.seconds(periodSeconds),
      timeoutSeconds: Duration.seconds(timeoutSeconds),
      failureThreshold,
    });
  return {
    startup: probe(healthPath, 3, 2, STARTUP_FAILURE_THRESHOLD),
    readiness: probe(readyPath, 5, 3, 3),
    liveness: probe(healthPath, 20, 5, 6),
  };
}
