import type { ResolvedConfig } from '../lib/config/environment-config';
import { PGBOUNCER_NAME } from '../lib/config/names';
import { foreignWorkloads } from '../lib/config/scaled-workloads';
import { CONTROLLER_APIS } from './charts/load-balancer-controllers';
import { ENDPOINTS_NAME } from './labels';
import { isForeignNamespace } from './manifest';
import type { StackOutputs } from './stack-outputs';

const RENDER_AGAIN = 'deploy and render again with --outputs cdk-outputs.json';

/** Most names that one warning lists. */
const MOST_NAMES = 5;

/** Facts about the rendered manifests that may surprise the person who applies them, one sentence each. */
export function warningsFor(config: ResolvedConfig, outputs?: StackOutputs): string[] {
  return [
    ...(outputs ? otherImage(config, outputs) : withoutOutputs(config)),
    ...missingSecrets(config),
    ...idleApi(config),
    ...rightsInOtherNamespaces(config),
  ];
}

function withoutOutputs({ cluster, database, loadBalancer }: ResolvedConfig): string[] {
  const { apiTargetGroupName, adminTargetGroupName, gatewayTargetGroupName } = loadBalancer;
  const warnings = [
    `endpoints ConfigMap left out: ${ENDPOINTS_NAME} needs the hosts of the deployed stacks, and pods wait in CreateContainerConfigError without it; ${RENDER_AGAIN}`,
  ];
  if (database.pooler === 'pgbouncer') {
    warnings.push(
      `PgBouncer's configuration left out: ConfigMap and SecretProviderClass ${PGBOUNCER_NAME} need the database's host and the users' secrets, and pods wait in ContainerCreating without them; ${RENDER_AGAIN}`,
    );
  }
  if (!CONTROLLER_APIS[cluster.loadBalancerController].bindsByName) {
    warnings.push(
      `TargetGroupBindings are by name (${apiTargetGroupName}, ${adminTargetGroupName}, ${gatewayTargetGroupName}), which EKS Auto Mode may refuse (aws/containers-roadmap#2621); ${RENDER_AGAIN} to bind by ARN`,
    );
  }
  return warnings;
}

/** Manifests and stacks come from different commits. */
function otherImage({ workload: { image } }: ResolvedConfig, { builtImageTag }: StackOutputs): string[] {
  if (image.source !== 'built' || builtImageTag === null || builtImageTag === image.tag) return [];
  return [
    `the manifests name image ${image.tag}, and the Cluster stack has built ${builtImageTag}: pods of other content wait in ImagePullBackOff; deploy the stacks of this commit before you apply`,
  ];
}

/** Secrets that pods need. They are never rendered. */
function missingSecrets({ nginx, database }: ResolvedConfig): string[] {
  const names = [
    nginx.enabled ? nginx.tlsSecretName : null,
    database.pooler === 'pgbouncer' ? database.pgbouncer.tlsSecretName : null,
  ].filter((name) => name !== null);
  return names.map(
    (name) =>
      `Secret ${name} (kubernetes.io/tls) is not rendered: create it in the namespace; pods wait for it`,
  );
}

/** NGINX balances over servers of its own, so the API's pods are idle. */
function idleApi({ nginx }: ResolvedConfig): string[] {
  if (!nginx.enabled || nginx.servers.length === 0) return [];
  return [
    "NGINX sends every request to nginx.servers: the API's pods get none, and its autoscaler keeps them at minReplicas",
  ];
}

/** Predictive scaling needs rights where other teams own the HPAs. */
function rightsInOtherNamespaces(config: ResolvedConfig): string[] {
  const namespaces = [...new Set(foreignWorkloads(config).map(({ namespace }) => namespace))].filter(
    isForeignNamespace,
  );
  if (namespaces.length === 0) return [];
  const shown = [...namespaces.slice(0, MOST_NAMES), ...(namespaces.length > MOST_NAMES ? ['…'] : [])].join(
    ', ',
  );
  return [
    `predictive scaling moves HPAs in ${namespaces.length} other namespaces (${shown}): they get a Role and two RoleBindings each, and must exist before the manifests are applied (docs/gitops.md)`,
  ];
}
