import { Size } from 'cdk8s';
import { type ContainerResources, Cpu } from 'cdk8s-plus-27';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';

/** Requests and limits of a container as cdk8s-plus types. */
export function resourcesOf(
  section: Pick<ResolvedConfig['workload'], 'cpuRequest' | 'cpuLimit' | 'memoryRequest' | 'memoryLimit'>,
): ContainerResources {
  const cpu = (quantity: string) => Cpu.millis(cpuMillis(quantity));
  const memory = (quantity: string) => Size.mebibytes(memoryMib(quantity));
  return {
    cpu: { request: cpu(section.cpuRequest), limit: cpu(section.cpuLimit) },
    memory: { request: memory(section.memoryRequest), limit: memory(section.memoryLimit) },
  };
}
