import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { ENDPOINTS_NAME } from '../labels';
import { type Problem, when } from './finding';
import { hasLabels, type ResourceSet } from './resource-set';

/** ConfigMaps that come with a deployment's outputs and may be absent from the manifests; see manifests.ts. */
const DEPLOYED_CONFIG_MAPS = [ENDPOINTS_NAME];

/** A Deployment selects its own pods; the API server refuses it otherwise. */
export function deploymentSelectors(set: ResourceSet): Problem[] {
  return set.ofKind('Deployment').flatMap(({ file, document: { spec } }) => {
    const wanted = spec?.selector.matchLabels ?? {};
    return when(
      !hasLabels(spec?.template.metadata?.labels, wanted),
      file,
      `spec.selector.matchLabels must be among the template's labels, got ${JSON.stringify(wanted)}`,
    );
  });
}

/** Probes ask a port that the container declares. */
export function probePorts(set: ResourceSet): Problem[] {
  return eachContainer(set, (container, file) =>
    (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((name) => {
      const action = container[name]?.httpGet ?? container[name]?.tcpSocket;
      return when(
        action !== undefined && !hasPort(container, action.port),
        file,
        `${name} of container ${container.name} must ask one of its ports, got ${action?.port}`,
      );
    }),
  );
}

/** ConfigMaps that containers read are rendered, or known to come with the deployment. */
export function environmentSources(set: ResourceSet): Problem[] {
  return eachContainer(set, (container, file, { metadata }) =>
    (container.envFrom ?? []).flatMap(({ configMapRef }) => {
      const name = configMapRef?.name;
      return when(
        configMapRef !== undefined &&
          !configMapRef.optional &&
          !DEPLOYED_CONFIG_MAPS.includes(name ?? '') &&
          !set.exists('ConfigMap', name, metadata?.namespace),
        file,
        `envFrom of container ${container.name} must name a rendered ConfigMap, got ${name}`,
      );
    }),
  );
}

/** Pods run under a service account that exists. */
export function serviceAccounts(set: ResourceSet): Problem[] {
  return set.ofKind('Deployment').flatMap(({ file, document: { metadata, spec } }) => {
    const name = spec?.template.spec?.serviceAccountName ?? 'default';
    return when(
      name !== 'default' && !set.exists('ServiceAccount', name, metadata?.namespace),
      file,
      `serviceAccountName must name a rendered ServiceAccount, got ${name}`,
    );
  });
}

/** Images are pinned: without a tag, or with `latest`, two replicas may run different code. */
export function imageTags(set: ResourceSet): Problem[] {
  return eachContainer(set, ({ name, image = '' }, file) => {
    const reference = image.slice(image.lastIndexOf('/') + 1);
    return when(
      !/[:@]/.test(reference) || reference.endsWith(':latest'),
      file,
      `image of container ${name} must have a tag other than latest, or a digest, got ${image}`,
    );
  });
}

/** Whether the container declares the port, by number or by name. */
export function hasPort(container: IContainer, port: number | string): boolean {
  return (container.ports ?? []).some(({ containerPort, name }) => containerPort === port || name === port);
}

function eachContainer(
  set: ResourceSet,
  check: (container: IContainer, file: string, deployment: IDeployment) => Problem[],
): Problem[] {
  return set
    .ofKind('Deployment')
    .flatMap(({ file, document }) =>
      (document.spec?.template.spec?.containers ?? []).flatMap((container) =>
        check(container, file, document),
      ),
    );
}
