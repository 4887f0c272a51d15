import { z } from 'zod';
import { answers } from '../schemas';
import type { Server } from '../server-types';

/** The OpenAPI document, made from the schemas of the routes. */
export function openApiRoutes(app: Server, path: string): void {
  app.get(
    path,
    {
      config: { access: 'public' },
      schema: {
        operationId: 'openApi',
        tags: ['operation'],
        summary: 'This document',
        security: [],
        response: answers({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    async () => app.swagger() as unknown as Record<string, unknown>,
  );
}
