import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig, ResolvedWorkload } from '../../lib/config/environment-config';
import { ANNOTATIONS, FIELD_MANAGER, NAMESPACE, SCALER_GROUP } from '../../lib/config/names';
import { isApiWorkload, scaledWorkloads } from '../../lib/config/scaled-workloads';
import { FLOOR_RELEASE_NAME, SUPPORT_PRIORITY, selectorOf } from '../components';
import { hardenedPod } from '../constructs/hardened-pod';
import { PlainServiceAccount } from '../constructs/service-account';
import { IMAGES, imageReference } from '../images';
import { chartProps, commonLabels } from '../labels';

/** Name of the Role that may change the floor. */
const FLOOR_ROLE = 'llm-cost-ops-floor';

/** How often expired leases are checked: a floor outlasts its lease by at most this time. */
const SCHEDULE = '*/5 * * * *';

const SCRIPT_FILE = 'release-floor.mjs';
/** HPAs of the configuration, beside the script. */
const WORKLOADS_FILE = 'workloads.json';
const SCRIPT_FOLDER = '/opt/floor-release';
const SCRIPT = readFileSync(join(__dirname, '..', 'scripts', SCRIPT_FILE), 'utf8');

const RBAC = 'rbac.authorization.k8s.io';

export interface FloorChartProps {
  /** The environment; its `predictiveScaling.workloads` name the HPAs. */
  readonly config: ResolvedConfig;
}

/**
 * Permissions for the floors that predictive scaling sets on HPAs, and a CronJob that releases expired floors if the
 * scaler stops. Both may read and patch these HPAs and nothing else. HPAs of other teams are in other namespaces, which
 * must already exist.
 */
export class FloorChart extends Chart {
  constructor(scope: Construct, id: string, { config }: FloorChartProps) {
    super(scope, id, chartProps(config.environment, FLOOR_RELEASE_NAME));
    const workloads = scaledWorkloads(config);
    for (const namespace of new Set(workloads.map((workload) => workload.namespace))) {
      const hpaNames = workloads
        .filter((other) => other.namespace === namespace)
        .map(({ hpaName }) => hpaName);
      this.addRights(namespace, hpaNames);
    }
    new PlainServiceAccount(this, 'ServiceAccount', { name: FLOOR_RELEASE_NAME });
    new ApiObject(this, 'Script', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: FLOOR_RELEASE_NAME },
      data: { [SCRIPT_FILE]: SCRIPT, [WORKLOADS_FILE]: workloadsJson(workloads) },
    });
    this.addCronJob(config);
  }

  /** Role and bindings on the HPAs of one namespace, for the scaler and for the CronJob. */
  private addRights(namespace: string, hpaNames: readonly string[]): void {
    const idOf = (kind: string) => (namespace === NAMESPACE ? kind : `${kind}-${namespace}`);
    new ApiObject(this, idOf('Role'), {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name: FLOOR_ROLE, namespace },
      rules: [
        {
          apiGroups: ['autoscaling'],
          resources: ['horizontalpodautoscalers'],
          resourceNames: hpaNames,
          verbs: ['get', 'patch'],
        },
      ],
    });
    const subjects = {
      'llm-cost-ops-predictive-scaler': { apiGroup: RBAC, kind: 'Group', name: SCALER_GROUP },
      [FLOOR_RELEASE_NAME]: { kind: 'ServiceAccount', name: FLOOR_RELEASE_NAME, namespace: NAMESPACE },
    };
    for (const [name, subject] of Object.entries(subjects)) {
      new ApiObject(this, idOf(`RoleBinding-${name}`), {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace },
        roleRef: { apiGroup: RBAC, kind: 'Role', name: FLOOR_ROLE },
        subjects: [subject],
      });
    }
  }

  private addCronJob(config: ResolvedConfig): void {
    new ApiObject(this, 'CronJob', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: FLOOR_RELEASE_NAME },
      spec: {
        schedule: SCHEDULE,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 120,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 120,
            template: {
              metadata: {
                labels: { ...commonLabels(config.environment), ...selectorOf(FLOOR_RELEASE_NAME) },
              },
              spec: releasePod(),
            },
          },
        },
      },
    });
  }
}

/** What the script reads: the HPAs, and what each goes back to. */
function workloadsJson(workloads: readonly ResolvedWorkload[]): string {
  const entries = workloads.map((workload) => ({
    namespace: workload.namespace,
    hpaName: workload.hpaName,
    baseMinReplicas: workload.baseMinReplicas,
    // Other teams' manifests decide on their own minimum.
    raisesToBase: isApiWorkload(workload),
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function releasePod() {
  const environment = {
    FIELD_MANAGER,
    ANNOTATION_EXPIRES_AT: ANNOTATIONS.expiresAt,
    WORKLOADS_FILE: `${SCRIPT_FOLDER}/${WORKLOADS_FILE}`,
  };
  return hardenedPod({
    serviceAccountName: FLOOR_RELEASE_NAME,
    usesKubernetesApi: true,
    priorityClassName: SUPPORT_PRIORITY,
    restartPolicy: 'Never',
    containers: [
      {
        name: 'release',
        image: imageReference(IMAGES.node),
        command: ['node', `${SCRIPT_FOLDER}/${SCRIPT_FILE}`],
        env: Object.entries(environment).map(([name, value]) => ({ name, value })),
        resources: {
          requests: { cpu: '50m', memory: '64Mi' },
          limits: { cpu: '500m', memory: '128Mi' },
        },
        volumeMounts: [{ name: 'script', mountPath: SCRIPT_FOLDER, readOnly: true }],
      },
    ],
    volumes: [{ name: 'script', configMap: { name: FLOOR_RELEASE_NAME } }],
  });
}
