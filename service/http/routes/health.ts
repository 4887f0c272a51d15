import { z } from 'zod';
import { HEALTH_PATH, READY_PATH } from '../../contract';
import { OverloadSpell } from '../admission/overload-spell';
import type { Lifecycle } from '../lifecycle';
import { ProblemError } from '../problem';
import { answers } from '../schemas';
import type { Server } from '../server-types';

const statusSchema = z.object({ status: z.string() });

/** `/health`: the process answers. `/ready`: it should get traffic. */
export function healthRoutes(app: Server, lifecycle: Lifecycle): void {
  const config = { access: 'public', vital: true } as const;
  const spell = new OverloadSpell();
  app.get(
    HEALTH_PATH,
    {
      config,
      logLevel: 'warn',
      schema: {
        operationId: 'health',
        tags: ['operation'],
        summary: 'The process answers',
        security: [],
        response: answers({ 200: statusSchema }),
      },
    },
    async () => ({ status: 'ok' }),
  );
  app.get(
    READY_PATH,
    {
      config,
      logLevel: 'warn',
      schema: {
        operationId: 'ready',
        tags: ['operation'],
        summary: 'The pod should get traffic',
        description:
          'The database has answered once, and the pod neither drains nor has been overloaded for 10 s.',
        security: [],
        response: answers({ 200: statusSchema }),
      },
    },
    async () => {
      const reason = notReady(lifecycle, () => spell.see(app.isUnderPressure(), performance.now()));
      if (reason === undefined) return { status: 'ready' };
      throw new ProblemError({ status: 503, code: 'not_ready', detail: reason, retryAfterSeconds: 5 });
    },
  );
}

function notReady(lifecycle: Lifecycle, isOverloaded: () => boolean): string | undefined {
  if (lifecycle.draining) return 'The pod is draining.';
  if (!lifecycle.started) return 'The pod waits for the database and its schema.';
  return isOverloaded() ? 'The pod is overloaded.' : undefined;
}
