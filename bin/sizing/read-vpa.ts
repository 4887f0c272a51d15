import { z } from 'zod';
import { API_CONTAINER, NAMESPACE, VPA_NAME } from '../../lib/config/names';
import { UsageError } from '../cli/command';
import type { KubernetesClient } from '../kubernetes/kubernetes-client';

const MEBIBYTE = 1024 ** 2;

/** Bytes of the suffixes of memory quantities (Kubernetes API, "Quantity"). */
const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1 / 1000,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: MEBIBYTE,
  Gi: 1024 ** 3,
};

/** CPU and memory of a container. */
export interface ContainerResources {
  readonly cpuMillis: number;
  readonly memoryMib: number;
}

/** Requests that the Vertical Pod Autoscaler recommends for the API's container. */
export interface VpaRecommendation extends ContainerResources {
  /** Recommended range of the requests. */
  readonly lower: ContainerResources;
  readonly upper: ContainerResources;
}

const Resources = z.object({ cpu: z.string(), memory: z.string() });
const Status = z.object({
  recommendation: z
    .object({
      containerRecommendations: z
        .array(
          z.object({
            containerName: z.string(),
            target: Resources,
            lowerBound: Resources.optional(),
            upperBound: Resources.optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

/**
 * What the cluster's VPA recommends.
 * @returns undefined where there is no VPA, or none of its recommendations yet
 * @throws {KubernetesProblem} where the cluster cannot be asked
 * @throws UsageError on a status of another form
 */
export async function readVpa(client: Pick<KubernetesClient, 'serves' | 'get'>) {
  const kind = { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler' };
  if (!(await client.serves(kind))) return undefined;
  const object = await client.get({ ...kind, namespace: NAMESPACE, name: VPA_NAME });
  return object && vpaRecommendation(object['status']);
}

/** The recommendation in a VPA's status. @throws UsageError on another form */
export function vpaRecommendation(status: unknown): VpaRecommendation | undefined {
  const parsed = Status.safeParse(status ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(
      `VerticalPodAutoscaler ${VPA_NAME} must have a recommendation of autoscaling.k8s.io/v1 (status.${issue?.path.join('.')}: ${issue?.message})`,
    );
  }
  const { containerRecommendations = [] } = parsed.data.recommendation ?? {};
  const own = containerRecommendations.find(({ containerName }) => containerName === API_CONTAINER);
  if (own === undefined) return undefined;
  const { target, lowerBound = target, upperBound = target } = own;
  return { ...resourcesOf(target), lower: resourcesOf(lowerBound), upper: resourcesOf(upperBound) };
}

function resourcesOf({ cpu, memory }: z.infer<typeof Resources>): ContainerResources {
  return {
    cpuMillis: Math.ceil(quantity(cpu) * 1000 - 1e-6),
    memoryMib: Math.ceil(quantity(memory) / MEBIBYTE),
  };
}

/** A quantity such as `25m`, `262144k` or `297164212`. @throws UsageError */
function quantity(text: string): number {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]{0,2})$/.exec(text) ?? [];
  const factor = SUFFIXES[suffix];
  if (number === undefined || factor === undefined) {
    throw new UsageError(
      `VerticalPodAutoscaler ${VPA_NAME} must recommend quantities such as 25m or 256Mi, got ${text}`,
    );
  }
  // Floats of thousandths: 0.0250000001 cores are 25 millicores.
  return Math.round(Number(number) * factor * 1e6) / 1e6;
}
