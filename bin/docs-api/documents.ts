import { settingsOf } from '../../k8s/charts/settings';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { adminServer } from '../../service/admin';
import { apiServer } from '../../service/api';
import { readConfig } from '../../service/config';
import { openService } from '../../service/runtime/open-service';
import { buildServiceServer } from '../../service/runtime/run-server';
import { createLogger } from '../../service/telemetry/logger';

/** A route of an OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}

/** A parameter of a path, query or header. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** What the generator reads of a JSON Schema. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

/** An OpenAPI document of the service. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The OpenAPI document of a server, from its routes. Nothing listens, and no database is asked. */
export async function openApiDocument(kind: 'api' | 'admin', now: () => Date): Promise<ApiDocument> {
  const settings = settingsOf(loadEnvironment('dev'));
  const config = readConfig({
    ...settings,
    DATABASE_HOST: 'localhost',
    CACHE_HOST: '',
    AWS_EMF_ENVIRONMENT: '',
  });
  const logger = createLogger({ level: 'error', pod: 'docs', destination: { write: () => undefined } });
  const parts = openService({ kind, config, logger, now });
  const app = await buildServiceServer(kind === 'api' ? apiServer(parts) : adminServer(parts));
  try {
    return JSON.parse(JSON.stringify(app.swagger()));
  } finally {
    await app.close();
    await parts.database.close();
  }
}
