import { join } from 'node:path';
import { ADMIN_DATABASE_USER } from '../../../lib/config/names';
import { ApiProcess } from '../api-process';
import { LocalPods } from './local-pods';
import { writeGatewaySecret } from './provider-settings';
import { type ServiceSettings, serviceSettings } from './service-settings';
import type { Backends } from './start-backends';
import type { StartTools } from './start-tools';

/** The running servers. */
export interface Servers {
  readonly settings: ServiceSettings;
  readonly pods: LocalPods;
  readonly admin: ApiProcess;
}

/** Starts API processes, balancer and admin server. @throws UsageError where one does not start */
export async function startServers(tools: StartTools, backends: Backends): Promise<Servers> {
  const { pods: number, balanced = false, onStep } = tools.props;
  const settings = settingsWith(tools, backends);
  const { environment: variables } = settings;
  onStep(`starting ${number === 1 ? 'the API' : `${number} API processes`} and the admin server`);
  const pods = new LocalPods(tools, variables);
  const [admin] = await Promise.all([
    startAdmin(tools, variables),
    pods.start(number, balanced || number > 1),
  ]);
  return { settings, pods, admin };
}

function settingsWith({ props, config }: StartTools, backends: Backends): ServiceSettings {
  const { folder, settings: overrides = {}, searchPath } = props;
  const { provider, database, cache, pooler } = backends;
  const { variables, keys } = provider.gateway;
  return serviceSettings(config, {
    databasePort: pooler?.port ?? database.logins.port,
    databasePassword: database.logins.api,
    gateway: variables,
    ...{ overrides, searchPath },
    cache: cache === null ? null : { port: cache.port, cluster: cache.nodes.length > 0 },
    secretFile: writeGatewaySecret(folder, keys),
  });
}

async function startAdmin(
  { props, ports, owner, processes }: StartTools,
  variables: ServiceSettings['environment'],
): Promise<ApiProcess> {
  const { folder, nodeOptions, signal } = props;
  const admin = new ApiProcess({
    entry: join(folder, 'program', 'admin.js'),
    port: await ports.of('admin'),
    metricsPort: await ports.free(),
    environment: {
      ...{ ...variables, GATEWAY_JOURNAL_FOLDER: join(folder, 'journal', 'admin') },
      ...{ DATABASE_USER: ADMIN_DATABASE_USER, DATABASE_WRITER_USER: ADMIN_DATABASE_USER },
    },
    nodeOptions,
    ...owner.hooks('admin'),
  });
  processes.admin = admin;
  await admin.start(signal);
  return admin;
}
