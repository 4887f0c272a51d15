import { CONTROLLER_APIS } from '../../../k8s/charts/load-balancer-controllers';
import { needsVpaAdmission } from '../../../k8s/vpa-needs';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { NAMESPACE, PROJECT } from '../../../lib/config/names';
import type { KubernetesClient } from '../../kubernetes/kubernetes-client';
import type { LiveObject } from '../../kubernetes/object-ref';
import { type Answer, later, ok, problem, unknown } from '../finding';

/** Software in the cluster that a kind of the Kubernetes API shows. */
interface AddOn {
  /** As people call it. */
  readonly name: string;
  /** API version that it serves. */
  readonly apiVersion: string;
  /** One kind of it. */
  readonly kind: string;
  /** Knob that makes it unnecessary. @default - none */
  readonly without?: string;
  /** Whether it only applies manifests, which a deployment does without it. @default false */
  readonly appliesItself?: boolean;
}

/** Page with the command of each add-on. */
const PAGE = 'docs/cluster-requirements.md';

const VPA_GROUP = 'autoscaling.k8s.io';

/** Add-ons that neither the manifests nor the stacks bring, wherever the cluster is from. */
export function addOnsByHand({ autoscaling, cluster, gitops, metrics }: ResolvedConfig): AddOn[] {
  return [
    ...(cluster.verticalPodAutoscaler === true
      ? [
          {
            name: 'the Vertical Pod Autoscaler',
            apiVersion: `${VPA_GROUP}/v1`,
            kind: 'VerticalPodAutoscaler',
            without: "cluster.verticalPodAutoscaler: 'managed'",
          },
        ]
      : []),
    ...(autoscaling.driver === 'keda'
      ? [
          {
            name: 'KEDA',
            apiVersion: 'keda.sh/v1alpha1',
            kind: 'ScaledObject',
            without: "autoscaling.driver: 'hpa'",
          },
        ]
      : []),
    ...(metrics.provider === 'existing'
      ? [
          {
            name: 'a provider of custom metrics',
            apiVersion: 'custom.metrics.k8s.io/v1beta1',
            kind: 'MetricValueList',
            without: "metrics.provider: 'prometheus-adapter'",
          },
        ]
      : []),
    ...(gitops === null
      ? []
      : [
          {
            name: 'Argo CD',
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'Application',
            without: 'gitops: null',
            appliesItself: true,
          },
        ]),
  ];
}

/** Add-ons that the Cluster stack installs in its own cluster, and that an existing one must have. */
function addOnsOfStack({ cluster, database }: ResolvedConfig): AddOn[] {
  if (cluster.kind === 'managed') return [];
  const controller = CONTROLLER_APIS[cluster.loadBalancerController];
  return [
    { name: 'metrics-server', apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics' },
    {
      name: `the controller ${cluster.loadBalancerController}`,
      apiVersion: controller.apiVersion,
      kind: 'TargetGroupBinding',
    },
    ...(database.pooler === 'pgbouncer'
      ? [
          {
            name: 'the Secrets Store CSI driver with its AWS provider',
            apiVersion: 'secrets-store.csi.x-k8s.io/v1',
            kind: 'SecretProviderClass',
            without: "database.pooler: 'rds-proxy'",
          },
        ]
      : []),
  ];
}

/**
 * What a running cluster has of what the manifests need. Reads only.
 * @throws {KubernetesProblem}
 */
export async function clusterAnswers(client: KubernetesClient, config: ResolvedConfig): Promise<Answer[]> {
  const needed = [...addOnsByHand(config), ...addOnsOfStack(config)];
  const served = await Promise.all(needed.map((addOn) => isServed(client, addOn)));
  const answers = [
    ...needed.filter((_, index) => !served[index]).map(missing),
    ...(await autoscalerAnswers(client, config)),
    ...(await enforcementAnswers(client, config)),
    ...(await certificateAnswers(client, config)),
  ];
  return answers.length > 0 ? answers : [ok('the cluster has what the manifests need beside the stacks')];
}

function missing({ name, apiVersion, kind, without, appliesItself = false }: AddOn): Answer {
  const instead = without === undefined ? '' : `, or set ${without}`;
  const answer = appliesItself ? later : problem;
  return answer(
    `the cluster does not serve ${kind} (${apiVersion}): ${name} is missing`,
    `install it (${PAGE})${instead}`,
  );
}

/** A metrics API lists its metrics instead of a kind; that it answers is enough. */
async function isServed(client: KubernetesClient, { apiVersion, kind }: AddOn): Promise<boolean> {
  return apiVersion.includes('metrics.k8s.io/')
    ? client.servesApi(apiVersion)
    : client.serves({ apiVersion, kind });
}

/** Two Vertical Pod Autoscalers would overwrite each other's recommendations; one that acts needs its webhook. */
async function autoscalerAnswers(client: KubernetesClient, config: ResolvedConfig): Promise<Answer[]> {
  const { verticalPodAutoscaler } = config.cluster;
  if (verticalPodAutoscaler === 'managed') return foreignAutoscaler(client);
  if (!needsVpaAdmission(config) || (await hasAutoscalerWebhook(client))) return [];
  const { updateMode } = config.autoscaling.vpa;
  return [
    problem(
      `no webhook of the cluster asks about VerticalPodAutoscalers, which update mode ${updateMode} needs`,
      `install the VPA's admission controller and updater (${PAGE}), or set autoscaling.vpa.updateMode: 'Off'`,
    ),
  ];
}

async function foreignAutoscaler(client: KubernetesClient): Promise<Answer[]> {
  const definition = await client.get({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: `verticalpodautoscalers.${VPA_GROUP}`,
  });
  if (definition === undefined || isOurs(definition)) return [];
  const managers = (definition.metadata.managedFields ?? []).map(({ manager }) => manager);
  const by = managers.length > 0 ? ` (by ${[...new Set(managers)].join(', ')})` : '';
  return [
    problem(
      `the cluster has a Vertical Pod Autoscaler already${by}, and cluster.verticalPodAutoscaler is 'managed'`,
      'set cluster.verticalPodAutoscaler: true, or remove the other one with its custom resource definitions',
    ),
  ];
}

/** Whether the manifests made it, whoever applied them. */
function isOurs({ metadata: { labels = {} } }: LiveObject): boolean {
  return labels['app.kubernetes.io/part-of'] === PROJECT;
}

async function hasAutoscalerWebhook(client: KubernetesClient): Promise<boolean> {
  const configurations = (await client.list({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
  })) as (LiveObject & { webhooks?: { rules?: { resources?: string[] }[] }[] })[];
  const rules = configurations.flatMap(({ webhooks = [] }) => webhooks.flatMap((one) => one.rules ?? []));
  return rules.some(({ resources = [] }) => resources.includes('verticalpodautoscalers'));
}

/** The manifests switch the enforcement on in their own cluster. */
async function enforcementAnswers(client: KubernetesClient, { cluster }: ResolvedConfig): Promise<Answer[]> {
  if (cluster.kind === 'managed') return [];
  const switchRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'amazon-vpc-cni' };
  const { data = {} } = ((await client.get(switchRef)) ?? {}) as { data?: Record<string, string> };
  if (data['enable-network-policy-controller'] === 'true') return [];
  return [
    unknown(
      'ConfigMap kube-system/amazon-vpc-cni does not switch on network policies; whether something else enforces them is not known',
      `${PAGE}#network-policies has the command, and a test`,
    ),
  ];
}

/** Certificates that pods wait for, and that nobody but their owner can make. */
async function certificateAnswers(
  client: KubernetesClient,
  { database, nginx }: ResolvedConfig,
): Promise<Answer[]> {
  const names = [
    nginx.enabled ? nginx.tlsSecretName : null,
    database.pooler === 'pgbouncer' ? database.pgbouncer.tlsSecretName : null,
  ].filter((name) => name !== null);
  const answers: Answer[] = [];
  for (const name of new Set(names)) {
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: NAMESPACE, name };
    if ((await client.get(ref)) !== undefined) continue;
    answers.push(
      later(
        `Secret ${NAMESPACE}/${name} is not there, and pods will wait for it`,
        `kubectl create secret tls ${name} -n ${NAMESPACE} --cert=… --key=…, once the namespace is there`,
      ),
    );
  }
  return answers;
}
