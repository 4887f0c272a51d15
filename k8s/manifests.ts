import { App, type Chart } from 'cdk8s';
import { stringify } from 'yaml';
import type { ResolvedConfig } from '../lib/config/environment-config';
import { ApiChart } from './charts/api-chart';
import { AutoscalingChart } from './charts/autoscaling-chart';
import { ConfigurationChart } from './charts/configuration-chart';
import { NamespaceChart } from './charts/namespace-chart';
import { KUSTOMIZATION_FILE, kustomizationOf, sortForApply } from './kustomization';
import type { KubernetesDocument, Manifest } from './manifest';
import type { StackOutputs } from './stack-outputs';
import { warningsFor } from './warnings';

export interface RenderedManifests {
  /** All files in the order of `kubectl apply`, `kustomization.yaml` last. */
  readonly manifests: readonly Manifest[];
  /** What whoever applies them ought to know, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The manifests of an environment. Pure: same arguments, same result, no file read or written.
 * @param outputs values of the deployed stacks; without them the ConfigMap of endpoints is left out, and the
 * pods wait for it (`CreateContainerConfigError`) rather than start with wrong hosts
 */
export function renderManifests(config: ResolvedConfig, outputs?: StackOutputs): RenderedManifests {
  const app = new App();
  const configuration = new ConfigurationChart(app, 'configuration', { config, outputs });
  const api = new ApiChart(app, 'api', { config, configuration, outputs });
  const charts: Chart[] = [
    new NamespaceChart(app, 'namespace', { config }),
    configuration,
    api,
    new AutoscalingChart(app, 'autoscaling', { config, target: api.deployment }),
  ];
  const resources = sortForApply(charts.flatMap((chart) => chart.toJson() as KubernetesDocument[])).map(
    (document) => ({ fileName: fileNameOf(document), document }),
  );
  const kustomization = kustomizationOf(resources.map(({ fileName }) => fileName));
  return {
    manifests: [...resources, { fileName: KUSTOMIZATION_FILE, document: kustomization }],
    warnings: warningsFor(config, outputs),
  };
}

/** The file's text. Strings that YAML 1.1, which kubectl reads, would take for something else are quoted. */
export function toYaml({ document }: Manifest): string {
  return stringify(document, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function fileNameOf({ kind, metadata }: KubernetesDocument): string {
  return `${kind.toLowerCase()}.${metadata?.name}.yaml`;
}
