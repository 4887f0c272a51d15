import type { KubernetesDocument } from '../../k8s/manifest';
import { renderManifests } from '../../k8s/manifests';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { draftTemplates } from '../synth/draft-templates';
import type { StackTemplate } from './resources';

/** What an environment deploys. */
export interface SynthesizedEnvironment {
  /** Stacks with the resources of their templates. */
  readonly stacks: readonly StackTemplate[];
  /** Kubernetes manifests. */
  readonly documents: readonly KubernetesDocument[];
}

/** The resources and manifests of an environment. The code of functions is left out: it costs nothing. */
export function synthesizeEnvironment(config: ResolvedConfig): SynthesizedEnvironment {
  const stacks = draftTemplates(config).map(({ id, region, template }) => ({
    id,
    region,
    resources: template.Resources,
  }));
  return { stacks, documents: renderManifests(config).manifests.map(({ document }) => document) };
}
