import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ANNOTATIONS, FIELD_MANAGER, HPA_NAME, NAMESPACE, SCALER_GROUP } from '../../lib/config/names';
import { FLOOR_RELEASE_NAME, SUPPORT_PRIORITY, selectorOf } from '../components';
import { hardenedPod } from '../constructs/hardened-pod';
import { PlainServiceAccount } from '../constructs/service-account';
import { IMAGES, imageReference } from '../images';
import { chartProps, commonLabels } from '../labels';

/** Role of whoever may move the floor. */
const FLOOR_ROLE = 'llm-cost-ops-floor';

/** How often an expired lease is looked for: a floor stays up at most this much longer than its lease. */
const SCHEDULE = '*/5 * * * *';

const SCRIPT_FILE = 'release-floor.mjs';
const SCRIPT_FOLDER = '/opt/floor-release';
const SCRIPT = readFileSync(join(__dirname, '..', 'scripts', SCRIPT_FILE), 'utf8');

const RBAC = 'rbac.authorization.k8s.io';

export interface FloorChartProps {
  readonly config: ResolvedConfig;
}

/**
 * The floor that predictive scaling puts under the HPA: who may move it, and what lets it go when the scaler does
 * not come back. Both may read and patch this one HPA and nothing else.
 */
export class FloorChart extends Chart {
  constructor(scope: Construct, id: string, { config }: FloorChartProps) {
    super(scope, id, chartProps(config.environment, FLOOR_RELEASE_NAME));
    new ApiObject(this, 'Role', {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name: FLOOR_ROLE },
      rules: [
        {
          apiGroups: ['autoscaling'],
          resources: ['horizontalpodautoscalers'],
          resourceNames: [HPA_NAME],
          verbs: ['get', 'patch'],
        },
      ],
    });
    this.bindRole('llm-cost-ops-predictive-scaler', { apiGroup: RBAC, kind: 'Group', name: SCALER_GROUP });
    this.bindRole(FLOOR_RELEASE_NAME, {
      kind: 'ServiceAccount',
      name: FLOOR_RELEASE_NAME,
      namespace: NAMESPACE,
    });
    new PlainServiceAccount(this, 'ServiceAccount', { name: FLOOR_RELEASE_NAME });
    new ApiObject(this, 'Script', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: FLOOR_RELEASE_NAME },
      data: { [SCRIPT_FILE]: SCRIPT },
    });
    this.addCronJob(config);
  }

  private bindRole(name: string, subject: Readonly<Record<string, string>>): void {
    new ApiObject(this, `RoleBinding-${name}`, {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: FLOOR_ROLE },
      subjects: [subject],
    });
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
              spec: releasePod(config),
            },
          },
        },
      },
    });
  }
}

function releasePod({ autoscaling }: ResolvedConfig) {
  const environment = {
    NAMESPACE,
    HPA_NAME,
    FIELD_MANAGER,
    BASE_MIN_REPLICAS: String(autoscaling.hpa.minReplicas),
    ANNOTATION_EXPIRES_AT: ANNOTATIONS.expiresAt,
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
