import { z } from 'zod';

/**
 * Schemas of kinds that need a CRD, from the CRDs' documentation. They are strict: a field that is missing here is an
 * error, as for an API server with strict field validation.
 */

const strings = z.record(z.string(), z.string());
const metadata = z.strictObject({
  name: z.string().min(1),
  namespace: z.string().min(1),
  labels: strings.optional(),
  annotations: strings.optional(),
});
const quantity = z
  .string()
  .regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, 'must be a quantity such as 100m or 2Gi');
const bounds = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });
const resourceName = z.enum(['cpu', 'memory']);

/** https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md */
export const verticalPodAutoscaler = z.strictObject({
  apiVersion: z.literal('autoscaling.k8s.io/v1'),
  kind: z.literal('VerticalPodAutoscaler'),
  metadata,
  spec: z.strictObject({
    targetRef: z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string() }),
    updatePolicy: z
      .strictObject({
        updateMode: z.enum(['Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'Auto']).optional(),
        minReplicas: z.int().positive().optional(),
        evictionRequirements: z
          .array(
            z.strictObject({
              resources: z.array(resourceName),
              changeRequirement: z.enum(['TargetHigherThanRequests', 'TargetLowerThanRequests']),
            }),
          )
          .optional(),
      })
      .optional(),
    resourcePolicy: z
      .strictObject({
        containerPolicies: z.array(
          z.strictObject({
            containerName: z.string(),
            mode: z.enum(['Auto', 'Off']).optional(),
            minAllowed: bounds.optional(),
            maxAllowed: bounds.optional(),
            controlledResources: z.array(resourceName).optional(),
            controlledValues: z.enum(['RequestsAndLimits', 'RequestsOnly']).optional(),
          }),
        ),
      })
      .optional(),
    recommenders: z
      .array(z.strictObject({ name: z.string() }))
      .max(1)
      .optional(),
  }),
});
/** A VerticalPodAutoscaler that its schema accepts. */
export type VerticalPodAutoscaler = z.infer<typeof verticalPodAutoscaler>;

const networkingPort = z.strictObject({
  protocol: z.enum(['TCP', 'UDP']).optional(),
  port: z.union([z.int(), z.string()]).optional(),
});
const networkingPeer = z.strictObject({
  ipBlock: z.strictObject({ cidr: z.string() }).optional(),
  securityGroup: z.strictObject({ groupID: z.string() }).optional(),
});

const targetGroupBindingFields = {
  kind: z.literal('TargetGroupBinding'),
  metadata,
};
const targetGroupBindingSpec = {
  serviceRef: z.strictObject({ name: z.string(), port: z.union([z.int(), z.string()]) }),
  targetGroupARN: z.string().startsWith('arn:').optional(),
  targetGroupName: z.string().min(1).max(32).optional(),
  ipAddressType: z.enum(['ipv4', 'ipv6']).optional(),
  vpcID: z.string().startsWith('vpc-').optional(),
  networking: z
    .strictObject({
      ingress: z.array(z.strictObject({ from: z.array(networkingPeer), ports: z.array(networkingPort) })),
    })
    .optional(),
};
const targetType = z.enum(['ip', 'instance']);

/** TargetGroupBinding of EKS Auto Mode, which requires the target type. */
export const eksTargetGroupBinding = z.strictObject({
  ...targetGroupBindingFields,
  apiVersion: z.literal('eks.amazonaws.com/v1'),
  spec: z.strictObject({ ...targetGroupBindingSpec, targetType }),
});

/** https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/spec */
export const elbTargetGroupBinding = z.strictObject({
  ...targetGroupBindingFields,
  apiVersion: z.literal('elbv2.k8s.aws/v1beta1'),
  spec: z.strictObject({ ...targetGroupBindingSpec, targetType: targetType.optional() }),
});
/** A TargetGroupBinding of either controller that its schema accepts. */
export type TargetGroupBinding =
  | z.infer<typeof eksTargetGroupBinding>
  | z.infer<typeof elbTargetGroupBinding>;

const scalingPolicies = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3600),
  policies: z.array(
    z.strictObject({
      type: z.enum(['Percent', 'Pods']),
      value: z.int().positive(),
      periodSeconds: z.int().min(1).max(1800),
    }),
  ),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']),
});

/** The fields that this project uses: https://keda.sh/docs/latest/reference/scaledobject-spec/ */
export const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string() }),
    pollingInterval: z.int().positive().optional(),
    minReplicaCount: z.int().min(0),
    maxReplicaCount: z.int().positive(),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({
        name: z.string(),
        behavior: z.strictObject({ scaleDown: scalingPolicies, scaleUp: scalingPolicies }),
      }),
    }),
    triggers: z
      .array(
        z.strictObject({
          type: z.enum(['cpu', 'memory', 'prometheus']),
          name: z.string().optional(),
          metricType: z.enum(['Utilization', 'AverageValue']),
          // KEDA takes strings only, also for numbers.
          metadata: strings,
        }),
      )
      .min(1),
  }),
});
/** A ScaledObject that its schema accepts. */
export type ScaledObject = z.infer<typeof scaledObject>;

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-examples.html */
export const secretProviderClass = z.strictObject({
  apiVersion: z.literal('secrets-store.csi.x-k8s.io/v1'),
  kind: z.literal('SecretProviderClass'),
  metadata,
  spec: z.strictObject({
    provider: z.literal('aws'),
    parameters: z.strictObject({
      region: z.string(),
      usePodIdentity: z.literal('true'),
      objects: z.string(),
    }),
  }),
});

/** The fields that this project uses: https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml */
export const argoApplication = z.strictObject({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('Application'),
  metadata,
  spec: z.strictObject({
    project: z.string(),
    source: z.strictObject({ repoURL: z.string(), targetRevision: z.string(), path: z.string() }),
    destination: z.strictObject({ server: z.url(), namespace: z.string() }),
    ignoreDifferences: z.array(
      z.strictObject({
        group: z.string(),
        kind: z.string(),
        name: z.string(),
        namespace: z.string().optional(),
        jsonPointers: z.array(z.string().startsWith('/')),
      }),
    ),
    syncPolicy: z.strictObject({
      automated: z.strictObject({ prune: z.boolean(), selfHeal: z.boolean() }),
      syncOptions: z.array(z.string().regex(/^[A-Za-z]+=(true|false)$/)),
      retry: z.strictObject({
        limit: z.int(),
        backoff: z.strictObject({ duration: z.string(), factor: z.int(), maxDuration: z.string() }),
      }),
    }),
  }),
});
/** An Argo CD Application that its schema accepts. */
export type ArgoApplication = z.infer<typeof argoApplication>;

/** The fields that this project uses: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
export const kustomization = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  resources: z.array(z.string()),
  sortOptions: z.strictObject({ order: z.enum(['fifo', 'legacy']) }).optional(),
});
