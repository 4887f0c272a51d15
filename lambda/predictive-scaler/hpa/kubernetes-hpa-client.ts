import { type RetryPolicy, type Waiting, withRetries } from '../../../service/shared/retry';
import { FIELD_MANAGER } from '../constants';
import {
  type ApplyOptions,
  type FloorPatch,
  type HpaClient,
  HpaError,
  type HpaRef,
  type HpaSnapshot,
} from './hpa-client';
import { answerFailure, attemptFailure, judgeAttempt } from './hpa-failure';
import { parseHpa } from './hpa-snapshot';
import { KubernetesApi, type KubernetesConnection } from './kubernetes-api';

/** Properties of KubernetesHpaClient. */
export interface KubernetesHpaClientProps extends KubernetesConnection {
  /** Retry settings that differ from the default. @default - 4 attempts of at most 5 s, 15 s in all */
  readonly retries?: Partial<RetryPolicy>;
  /** Clock, sleep and randomness of retries. @default REAL_WAITING */
  readonly waiting?: Waiting;
}

/** An API server answers within milliseconds; its replacement takes seconds. */
const RETRIES: RetryPolicy = {
  attempts: 4,
  attemptMs: 5_000,
  deadlineMs: 15_000,
  baseDelayMs: 200,
  maxDelayMs: 2_000,
};

/** Media type of server-side apply; JSON is valid YAML. */
const APPLY = 'application/apply-patch+yaml';

/** HpaClient over the API of one cluster. */
export class KubernetesHpaClient implements HpaClient {
  private readonly api: KubernetesApi;
  private readonly retries: RetryPolicy;
  private readonly waiting: Waiting | undefined;

  constructor({ retries, waiting, ...connection }: KubernetesHpaClientProps) {
    this.api = new KubernetesApi(connection);
    this.retries = { ...RETRIES, ...retries };
    this.waiting = waiting;
  }

  read(ref: HpaRef): Promise<HpaSnapshot> {
    return this.call(ref, 'GET', hpaPath(ref));
  }

  apply(ref: HpaRef, patch: FloorPatch, { dryRun }: ApplyOptions): Promise<HpaSnapshot> {
    const query = new URLSearchParams({
      fieldManager: FIELD_MANAGER,
      force: 'true',
      ...(dryRun && { dryRun: 'All' }),
    });
    const { minReplicas, annotations, resourceVersion } = patch;
    const body = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name: ref.name,
        namespace: ref.namespace,
        ...(resourceVersion !== undefined && { resourceVersion }),
        ...(Object.keys(annotations).length > 0 && { annotations }),
      },
      spec: { minReplicas },
    };
    return this.call(ref, 'PATCH', `${hpaPath(ref)}?${query}`, body, resourceVersion === undefined);
  }

  /** Closes the idle connections. */
  close(): void {
    this.api.close();
  }

  private async call(
    ref: HpaRef,
    method: 'GET' | 'PATCH',
    path: string,
    body?: object,
    retryConflicts = false,
  ): Promise<HpaSnapshot> {
    try {
      return await withRetries(
        async (signal, attemptNumber) => {
          const answer = await this.api.request({
            method,
            path,
            signal,
            fresh: attemptNumber > 1,
            ...(body && { body: { contentType: APPLY, text: JSON.stringify(body) } }),
          });
          if (answer.status !== 200) throw answerFailure(answer);
          return parseHpa(answer.text);
        },
        (error) => judgeAttempt(error, retryConflicts),
        this.retries,
        this.waiting,
      );
    } catch (error) {
      const { kind, message } = attemptFailure(error);
      throw new HpaError(kind, `${method} of HPA ${ref.namespace}/${ref.name}: ${message}`, { cause: error });
    }
  }
}

function hpaPath({ namespace, name }: HpaRef): string {
  const [encodedNamespace, encodedName] = [namespace, name].map(encodeURIComponent);
  return `/apis/autoscaling/v2/namespaces/${encodedNamespace}/horizontalpodautoscalers/${encodedName}`;
}
