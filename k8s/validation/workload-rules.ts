import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { PGBOUNCER_NAME } from '../../lib/config/names';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { ENDPOINTS_NAME } from '../labels';
import { type Problem, problemIf } from './finding';
import { hasLabels, type ResourceSet, type Workload } from './resource-set';

/** ConfigMaps that are rendered only with a deployment's outputs; see manifests.ts. */
const DEPLOYED_CONFIG_MAPS = [ENDPOINTS_NAME, PGBOUNCER_NAME];

/** A Deployment selects its own pods; the API server refuses it otherwise. */
export function deploymentSelectors(set: ResourceSet): Problem[] {
  return set.ofKind('Deployment').flatMap(({ file, document: { spec } }) => {
    const wanted = spec?.selector.matchLabels ?? {};
    return problemIf(
      !hasLabels(spec?.template.metadata?.labels, wanted),
      file,
      `spec.selector.matchLabels must be among the template's labels, got ${JSON.stringify(wanted)}`,
    );
  });
}

/** Probes use a port that the container declares. */
export function probePorts(set: ResourceSet): Problem[] {
  return eachContainer(set, (container, file) =>
    (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((name) => {
      const action = container[name]?.httpGet ?? container[name]?.tcpSocket;
      return problemIf(
        action !== undefined && !hasPort(container, action.port),
        file,
        `${name} of container ${container.name} must use one of its ports, got ${action?.port}`,
      );
    }),
  );
}

/** ConfigMaps that containers read are rendered, or are known to need a deployment's outputs. */
export function environmentSources(set: ResourceSet): Problem[] {
  return eachContainer(set, (container, file, workload) =>
    (container.envFrom ?? []).flatMap(({ configMapRef }) =>
      problemIf(
        configMapRef !== undefined &&
          !configMapRef.optional &&
          !isConfigMap(set, configMapRef.name, workload),
        file,
        `envFrom of container ${container.name} must name a rendered ConfigMap, got ${configMapRef?.name}`,
      ),
    ),
  );
}

/** Containers mount volumes of their pod; ConfigMaps in volumes are rendered. */
export function volumeMounts(set: ResourceSet): Problem[] {
  const unknownMounts = eachContainer(set, (container, file, { template }) =>
    (container.volumeMounts ?? []).flatMap(({ name }) =>
      problemIf(
        !(template.spec?.volumes ?? []).some((volume) => volume.name === name),
        file,
        `volumeMounts of container ${container.name} must name a volume of the pod, got ${name}`,
      ),
    ),
  );
  const unknownMaps = set
    .workloads()
    .flatMap(({ file, document }) =>
      (document.template.spec?.volumes ?? []).flatMap((volume: IVolume) =>
        problemIf(
          volume.configMap !== undefined && !isConfigMap(set, volume.configMap.name, document),
          file,
          `volume ${volume.name} must name a rendered ConfigMap, got ${volume.configMap?.name}`,
        ),
      ),
    );
  return [...unknownMounts, ...unknownMaps];
}

function isConfigMap(set: ResourceSet, name: string | undefined, { namespace }: Workload): boolean {
  return DEPLOYED_CONFIG_MAPS.includes(name ?? '') || set.exists('ConfigMap', name, namespace);
}

/** Pods run under a service account that exists. */
export function serviceAccounts(set: ResourceSet): Problem[] {
  return set.workloads().flatMap(({ file, document: { namespace, template } }) => {
    const name = template.spec?.serviceAccountName ?? 'default';
    return problemIf(
      name !== 'default' && !set.exists('ServiceAccount', name, namespace),
      file,
      `serviceAccountName must name a rendered ServiceAccount, got ${name}`,
    );
  });
}

/** Pods have an existing PriorityClass; the API server refuses to create them otherwise. */
export function priorityClasses(set: ResourceSet): Problem[] {
  return set.workloads().flatMap(({ file, document: { template } }) => {
    const name = template.spec?.priorityClassName;
    return problemIf(
      name === undefined || !set.exists('PriorityClass', name, undefined),
      file,
      `priorityClassName must name a rendered PriorityClass, got ${name}`,
    );
  });
}

/** Images are pinned: without a tag, or with `latest`, two replicas may run different code. */
export function imageTags(set: ResourceSet): Problem[] {
  return eachContainer(set, ({ name, image = '' }, file) => {
    const reference = image.slice(image.lastIndexOf('/') + 1);
    return problemIf(
      !/[:@]/.test(reference) || reference.endsWith(':latest'),
      file,
      `image of container ${name} must have a tag other than latest, or a digest, got ${image}`,
    );
  });
}

/** Every container has requests and limits of CPU and memory, and no request is above its limit. */
export function containerResources(set: ResourceSet): Problem[] {
  const measures = { cpu: cpuMillis, memory: memoryMib };
  return eachContainer(set, ({ name, resources }, file) =>
    (['cpu', 'memory'] as const).flatMap((resource) => {
      const [request, limit] = [resources?.requests?.[resource], resources?.limits?.[resource]].map(String);
      if (request === 'undefined' || limit === 'undefined') {
        return [
          { file, message: `resources of container ${name} must have a request and a limit of ${resource}` },
        ];
      }
      const measure = measures[resource];
      return problemIf(
        measure(String(request)) > measure(String(limit)),
        file,
        `${resource} request of container ${name} must be at most its limit (${limit}), got ${request}`,
      );
    }),
  );
}

/** Pods meet the `restricted` Pod Security level, which the namespace enforces; others would never start. */
export function podSecurity(set: ResourceSet): Problem[] {
  const hosts = set.workloads().flatMap(({ file, document: { template } }) => {
    const { hostNetwork, hostPID, hostIPC, securityContext } = template.spec ?? { containers: [] };
    return [
      ...problemIf(
        Boolean(hostNetwork || hostPID || hostIPC),
        file,
        'hostNetwork, hostPID and hostIPC must be absent (Pod Security level restricted)',
      ),
      ...problemIf(
        securityContext?.seccompProfile?.type !== 'RuntimeDefault',
        file,
        "securityContext.seccompProfile.type must be 'RuntimeDefault' (Pod Security level restricted)",
      ),
    ];
  });
  const containers = eachContainer(set, ({ name, securityContext: context }, file, { template }) =>
    problemIf(
      context?.allowPrivilegeEscalation !== false ||
        context.privileged === true ||
        !(context.runAsNonRoot ?? template.spec?.securityContext?.runAsNonRoot) ||
        !context.capabilities?.drop?.includes('ALL'),
      file,
      `securityContext of container ${name} must refuse root, privileges and all capabilities (Pod Security level restricted)`,
    ),
  );
  return [...hosts, ...containers];
}

/** The grace period is longer than the `preStop` sleep, so that the container has time to stop. */
export function terminationGrace(set: ResourceSet): Problem[] {
  return eachContainer(set, ({ name, lifecycle }, file, { template }) => {
    const pause = lifecycle?.preStop?.sleep?.seconds ?? 0;
    const grace = template.spec?.terminationGracePeriodSeconds ?? 30;
    return problemIf(
      pause >= grace,
      file,
      `preStop sleep of container ${name} must be below terminationGracePeriodSeconds (${grace}), got ${pause}`,
    );
  });
}

/** Whether the container declares the port, by number or by name. */
export function hasPort(container: IContainer, port: number | string): boolean {
  return (container.ports ?? []).some(({ containerPort, name }) => containerPort === port || name === port);
}

function eachContainer(
  set: ResourceSet,
  check: (container: IContainer, file: string, workload: Workload) => Problem[],
): Problem[] {
  return set.workloads().flatMap(({ file, document }) => {
    const { initContainers = [], containers = [] } = document.template.spec ?? {};
    return [...initContainers, ...containers].flatMap((container) => check(container, file, document));
  });
}
