import { CallError } from '../../../service/shared/call-error';
import { MetricsFailure } from '../metrics/metrics-source';
import type { Problem } from '../telemetry/run-report';

/** Kind and message of an error for the report. */
export function classifyError(error: unknown): Problem {
  if (error instanceof Refusal) return { kind: error.kind, message: error.message };
  if (error instanceof CallError || error instanceof MetricsFailure) {
    return { kind: error.kind, message: error.message };
  }
  return { kind: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}

/** The workload's floor cannot be set in the current situation, e.g. because KEDA owns the HPA. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: Problem['kind'],
    message: string,
  ) {
    super(message);
  }
}
