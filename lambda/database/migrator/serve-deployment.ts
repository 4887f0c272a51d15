import type { CustomResourceEvent } from '../../shared/custom-resource';
import { type ServedResource, serveResource } from '../../shared/serve-resource';

const SCHEMA: ServedResource = {
  physicalId: 'llm-cost-ops-schema',
  failure: ({ message }, aborted) => {
    const reason = aborted
      ? 'the migration takes longer than the function may run: run it with npm run db:migrate from inside the VPC (docs/database.md), then deploy again'
      : message;
    return `Migration failed; the schema is that of the last completed migration: ${reason}`;
  },
};

/**
 * Handles one event of the custom resource and always sends a response. Deleting the resource does not change the
 * database.
 * @param remainingMs time until Lambda stops the function
 */
export function serveDeployment(
  event: CustomResourceEvent,
  remainingMs: number,
  deploy: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  return serveResource(event, remainingMs, SCHEMA, deploy);
}
