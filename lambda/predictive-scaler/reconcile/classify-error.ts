import { CallError } from '../../shared/call-error';
import { MetricsFailure } from '../metrics/metrics-source';
import type { Problem } from '../telemetry/run-report';

/** What an error means for the report. */
export function classifyError(error: unknown): Problem {
  if (error instanceof Refusal) return { kind: error.kind, message: error.message };
  if (error instanceof CallError || error instanceof MetricsFailure) {
    return { kind: error.kind, message: error.message };
  }
  return { kind: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}

/** A workload that cannot be acted on as things are. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: Problem['kind'],
    message: string,
  ) {
    super(message);
  }
}
