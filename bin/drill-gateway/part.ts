import { monthOf } from '../../lambda/database/partitions/month';
import type { CallSources } from '../drill/calls/call-ledger';
import type { DrillSurroundings } from '../drill/drill-command';
import { type LocalService, withLocalService } from '../local/local-service';
import { type ProviderProcess, startProviderProcess } from '../local/provider-process';

/** What every part of the drill is given. */
export interface PartProps extends DrillSurroundings {
  /** Length of the steady load for memory over time, minutes. */
  readonly minutes: number;
  /** Slow readers at the same time. */
  readonly readers: number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** Result of a part. */
export interface PartResult {
  /** What was measured, by name with its unit, in the order of the report. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** What is not as it should be, a sentence each; empty where the part has passed. */
  readonly problems: readonly string[];
}

/** Servers of a part. */
export interface PartServers {
  readonly service: LocalService;
  readonly provider: ProviderProcess;
}

/** What a part compares in the end. */
export function sourcesOf({ service, provider }: PartServers): CallSources {
  return { providerUrl: provider.url, login: service.login };
}

/** Lends API processes before a simulated provider. All of it is ended afterwards. */
export async function withServers<T>(
  { searchPath, now, signal, onStep }: PartProps,
  { apis, environment }: { readonly apis: number; readonly environment?: Readonly<Record<string, string>> },
  use: (servers: PartServers) => Promise<T>,
): Promise<T> {
  onStep(`starting PostgreSQL, a provider and ${apis} API processes`);
  const provider = await startProviderProcess();
  try {
    return await withLocalService(
      {
        ...{ apis, searchPath, now, signal, parameters: {}, oldestMonth: monthOf(now()) },
        environment: {
          // The limit of requests a minute follows from it.
          OBJECTIVE_REQUESTS_PER_SECOND: '100000',
          GATEWAY_PROVIDERS: JSON.stringify([
            { name: 'openai', type: 'openai', baseUrl: `${provider.url}/v1` },
          ]),
          GATEWAY_MODELS: JSON.stringify([{ match: 'gpt-*', provider: 'openai' }]),
          ...environment,
        },
      },
      (service) => use({ service, provider }),
    );
  } finally {
    provider.end();
  }
}
