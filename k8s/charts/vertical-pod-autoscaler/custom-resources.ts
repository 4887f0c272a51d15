import type { Construct } from 'constructs';
import { ClusterObject } from '../../constructs/cluster-object';
import * as schema from './schema';

const GROUP = 'autoscaling.k8s.io';

/** Kubernetes asks whoever defines a kind in a group of *.k8s.io where that was approved. */
const APPROVED = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/63797' };

interface CustomKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  /** The rest of its one version, v1. */
  readonly version: object;
}

/** What `kubectl get vpa` shows. */
const COLUMNS = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.updatePolicy.updateMode' },
  { name: 'CPU', type: 'string', jsonPath: recommended('cpu') },
  { name: 'Mem', type: 'string', jsonPath: recommended('memory') },
  {
    name: 'Provided',
    type: 'string',
    jsonPath: ".status.conditions[?(@.type=='RecommendationProvided')].status",
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/**
 * The kinds of the Vertical Pod Autoscaler: what people configure, and the recommender's memory. Their fields are those
 * of release 1.6 without its alpha features.
 * https://github.com/kubernetes/autoscaler/blob/vertical-pod-autoscaler-1.6.0/vertical-pod-autoscaler/docs/api.md
 */
export function addCustomResources(scope: Construct): void {
  addKind(scope, {
    kind: 'VerticalPodAutoscaler',
    plural: 'verticalpodautoscalers',
    shortName: 'vpa',
    version: {
      additionalPrinterColumns: COLUMNS,
      schema: { openAPIV3Schema: schema.VERTICAL_POD_AUTOSCALER },
      subresources: { status: {} },
    },
  });
  addKind(scope, {
    kind: 'VerticalPodAutoscalerCheckpoint',
    plural: 'verticalpodautoscalercheckpoints',
    shortName: 'vpacheckpoint',
    // No status subresource: the recommender writes the object and its status together.
    version: { schema: { openAPIV3Schema: schema.CHECKPOINT } },
  });
}

function addKind(scope: Construct, { kind, plural, shortName, version }: CustomKind): void {
  new ClusterObject(scope, kind, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, annotations: APPROVED },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
      },
      versions: [{ name: 'v1', served: true, storage: true, ...version }],
    },
  });
}

function recommended(resource: string): string {
  return `.status.recommendation.containerRecommendations[0].target.${resource}`;
}
