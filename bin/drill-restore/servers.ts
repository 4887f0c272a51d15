import { join } from 'node:path';
import { monthOf } from '../../lambda/database/partitions/month';
import { withConnection } from '../../service/database/connect';
import type { DrillSurroundings } from '../drill/drill-command';
import { type LocalService, withLocalService } from '../local/local-service';
import { type ProviderProcess, startProviderProcess } from '../local/provider-process';
import { baseBackup, serverFolder, startArchiving } from './archive';

export interface DrillProps extends DrillSurroundings {
  /** Load before the target, and again after it, seconds. */
  readonly seconds: number;
}

/** Servers of the drill, with an archive and a base backup. */
export interface DrillServers {
  readonly service: LocalService;
  readonly provider: ProviderProcess;
  /** Folder of the archived log of changes. */
  readonly archive: string;
  /** Folder whose `data` is the base backup. */
  readonly backup: string;
}

/** API processes. The journal of the last one is lost with its node. */
const APIS = 2;

/** How the provider answers: long enough that calls are under way at the target and at the disaster. */
const BEHAVIOUR = 'latency-400';

/** Lends the servers. All of it is ended and removed afterwards. */
export async function withServers<T>(
  props: DrillProps,
  use: (servers: DrillServers) => Promise<T>,
): Promise<T> {
  const { searchPath, now, signal, onStep } = props;
  // From the start on the drill ends its work itself: the restored server has to end before its folder is removed.
  const starting = new AbortController();
  const follow = () => starting.abort(signal.reason);
  signal.addEventListener('abort', follow);
  onStep(`starting PostgreSQL with an archive, a provider and ${APIS} API processes`);
  const provider = await startProviderProcess(BEHAVIOUR);
  try {
    return await withLocalService(
      {
        ...{ apis: APIS, searchPath, now, signal: starting.signal, oldestMonth: monthOf(now()) - 1 },
        parameters: { archive_mode: 'on' },
        environment: {
          // The limit of requests a minute follows from it.
          OBJECTIVE_REQUESTS_PER_SECOND: '100000',
          GATEWAY_PROVIDERS: JSON.stringify([
            { name: 'openai', type: 'openai', baseUrl: `${provider.url}/v1` },
          ]),
          GATEWAY_MODELS: JSON.stringify([{ match: 'gpt-*', provider: 'openai' }]),
        },
        prepare: backUp,
      },
      (service) => {
        signal.removeEventListener('abort', follow);
        return use({ service, provider, ...foldersOf(service) });
      },
    );
  } finally {
    signal.removeEventListener('abort', follow);
    provider.end();
  }
}

type Prepared = Omit<LocalService, 'apis' | 'key'>;

function foldersOf({ folder }: Pick<Prepared, 'folder'>) {
  return { archive: join(folder, 'archive'), backup: join(folder, 'restored') };
}

async function backUp(service: Prepared): Promise<void> {
  const { postgres, login } = service;
  const { archive, backup } = foldersOf(service);
  for (const path of [archive, backup]) serverFolder(path, postgres.user);
  await withConnection(login, (client) => startArchiving(client, archive));
  await baseBackup(login, {
    ...{ source: join(postgres.folder, 'data'), target: join(backup, 'data'), owner: postgres.user },
  });
}
