import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../../service/config';
import { SimulatedProvider, type SimulatedProviderProps } from '../../../../service/local/simulated-provider';
import { until } from '../../../helpers/servers';
import type { TestServer } from '../../../lambda/database/postgres';
import {
  call,
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from '../../http/test-service';

/** A gateway before a simulated provider, with a project and a key. */
export interface TestGateway {
  readonly service: TestService;
  readonly provider: SimulatedProvider;
  readonly environment: Environment;
  readonly project: string;
  /** Key with all roles of a project. */
  readonly key: string;
  readonly keyId: string;
  close(): Promise<void>;
}

/** Key that the simulated provider accepts. */
export const PROVIDER_KEY = 'sk-provider';

/** Variables of a gateway whose only provider is simulated. */
export function gatewayEnvironment(
  server: TestServer,
  database: string,
  { url, folder }: { readonly url: string; readonly folder: string },
): Environment {
  const secretFile = join(folder, 'secret.json');
  const keys = { openai: PROVIDER_KEY, anthropic: PROVIDER_KEY };
  writeFileSync(
    secretFile,
    JSON.stringify({ webhook_signing_key: 'signing', providers: keys, projects: {} }),
  );
  return {
    ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
    GATEWAY_PROVIDERS: JSON.stringify([
      { name: 'openai', type: 'openai', baseUrl: `${url}/v1` },
      { name: 'anthropic', type: 'anthropic', baseUrl: url },
    ]),
    GATEWAY_MODELS: JSON.stringify([
      { match: 'gpt-*', provider: 'openai' },
      { match: 'text-embedding-3-small', provider: 'openai' },
      { match: 'claude-*', provider: 'anthropic' },
    ]),
    GATEWAY_SECRET_ARN: '',
    GATEWAY_SECRET_FILE: secretFile,
    GATEWAY_JOURNAL_FOLDER: join(folder, 'journal'),
    BUDGET_TOPIC_ARN: '',
  };
}

/** Starts a provider and a gateway before it. */
export async function startGateway(
  server: TestServer,
  props: {
    readonly database?: string;
    readonly environment?: Environment;
    readonly provider?: Partial<SimulatedProviderProps>;
  } = {},
): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const provider = new SimulatedProvider({ now: () => new Date(), key: PROVIDER_KEY, ...props.provider });
  await provider.listen();
  const database = props.database ?? (await serviceDatabase(server));
  const environment = {
    ...gatewayEnvironment(server, database, { url: provider.url, folder }),
    ...props.environment,
  };
  const service = await startService('api', environment);
  const made = await projectKey(service, 'gateway', { roles: ['gateway', 'read', 'ingest', 'admin'] });
  return {
    ...{ service, provider, environment, ...made },
    close: async () => {
      await service.close();
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The newest rows of the key's project, once there are at least so many and none is active. */
export function rowsOf(
  { service, key }: Pick<TestGateway, 'service' | 'key'>,
  count: number,
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
): Promise<any[]> {
  return until(async () => {
    const { body } = await call(service, `GET /api/v1/requests?limit=1000`, { key });
    const { data } = body;
    if (data.length < count) throw new Error(`the ledger has ${data.length} of ${count} rows`);
    const active = data.filter(({ status }: { status: string }) => status === 'active');
    if (active.length > 0) throw new Error(`${active.length} rows are active`);
    return data;
  });
}
