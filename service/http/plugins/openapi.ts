import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Server } from '../server-types';

/** Version of the API; it grows with each addition, and `/api/v1` changes with each break. */
const API_VERSION = '1.0.0';

const DESCRIPTION = `Records LLM requests and answers what they cost.

JSON in snake_case, times in RFC 3339, money as decimal strings of USD. Errors are problem details (RFC 9457) with a
\`code\` for programs. Lists have \`limit\`, \`cursor\` and \`next_cursor\`.`;

/** Makes the OpenAPI document from the routes' schemas. Register it before the routes. */
export function registerOpenApi(app: Server, title: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version: API_VERSION, description: DESCRIPTION },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'API key' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'API key' },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}
