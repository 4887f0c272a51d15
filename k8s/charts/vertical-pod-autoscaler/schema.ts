/**
 * The schemas of the Vertical Pod Autoscaler's kinds, in OpenAPI v3 as Kubernetes takes it ("structural schemas"). A
 * field that is not here is dropped by the API server, so what the recommender writes is here in full.
 */

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time' };
/** A time that Go writes as null where there is none. */
const TIME_OR_NULL: Schema = { ...TIME, nullable: true };
const NUMBER: Schema = { type: 'number' };

/** A Kubernetes quantity, such as 100m, 2Gi or 1. */
const QUANTITY: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
  'x-kubernetes-int-or-string': true,
};
/** Amounts by resource. */
const AMOUNTS: Schema = { type: 'object', additionalProperties: QUANTITY };

/** A map whose keys are numbers of buckets; upstream leaves it open. */
const BUCKETS: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const object = (properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values });
const integer = (minimum: number): Schema => ({ type: 'integer', format: 'int64', minimum });

/** Every object's own fields, with others. */
const kind = (properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema =>
  object({ apiVersion: TEXT, kind: TEXT, metadata: { type: 'object' }, ...properties }, ...required);

const UPDATE_POLICY = object({
  updateMode: oneOf('Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'Auto'),
  minReplicas: integer(1),
  evictionRequirements: listOf(
    object(
      {
        resources: listOf(TEXT),
        changeRequirement: oneOf('TargetHigherThanRequests', 'TargetLowerThanRequests'),
      },
      ...['changeRequirement', 'resources'],
    ),
  ),
});

const CONTAINER_POLICY = object({
  containerName: TEXT,
  mode: oneOf('Auto', 'Off'),
  minAllowed: AMOUNTS,
  maxAllowed: AMOUNTS,
  controlledResources: listOf(TEXT),
  controlledValues: oneOf('RequestsAndLimits', 'RequestsOnly'),
});

const CONDITION = object(
  {
    type: TEXT,
    status: TEXT,
    reason: TEXT,
    message: TEXT,
    lastTransitionTime: TIME,
    observedGeneration: integer(0),
  },
  ...['status', 'type'],
);

const RECOMMENDATION = object(
  {
    containerName: TEXT,
    lowerBound: AMOUNTS,
    target: AMOUNTS,
    uncappedTarget: AMOUNTS,
    upperBound: AMOUNTS,
  },
  'target',
);

/** A VerticalPodAutoscaler. */
export const VERTICAL_POD_AUTOSCALER: Schema = kind(
  {
    spec: object(
      {
        targetRef: {
          ...object({ apiVersion: TEXT, kind: TEXT, name: TEXT }, 'kind', 'name'),
          'x-kubernetes-map-type': 'atomic',
        },
        updatePolicy: UPDATE_POLICY,
        resourcePolicy: object({ containerPolicies: listOf(CONTAINER_POLICY) }),
        recommenders: listOf(object({ name: TEXT }, 'name')),
      },
      'targetRef',
    ),
    status: object({
      conditions: listOf(CONDITION),
      observedGeneration: integer(0),
      recommendation: object({ containerRecommendations: listOf(RECOMMENDATION) }),
    }),
  },
  'spec',
);

const HISTOGRAM = object({
  bucketWeights: BUCKETS,
  referenceTimestamp: TIME_OR_NULL,
  totalWeight: NUMBER,
});

/** A VerticalPodAutoscalerCheckpoint: what the recommender has seen of a container's use. */
export const CHECKPOINT: Schema = kind({
  spec: object({ containerName: TEXT, vpaObjectName: TEXT }),
  status: object({
    cpuHistogram: HISTOGRAM,
    memoryHistogram: HISTOGRAM,
    firstSampleStart: TIME_OR_NULL,
    lastSampleStart: TIME_OR_NULL,
    lastUpdateTime: TIME_OR_NULL,
    totalSamplesCount: integer(0),
    version: TEXT,
  }),
});
