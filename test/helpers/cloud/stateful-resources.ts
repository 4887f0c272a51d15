import { replacementOf } from '../../../bin/deploy/diff/replacement-properties';
import { isStateful } from '../../../bin/deploy/diff/template-diff';
import { applied } from '../../../bin/deploy/render-manifests';
import { draftTemplates, type Template } from '../../../bin/synth/draft-templates';
import { renderManifests } from '../../../k8s/manifests';
import { loadEnvironment } from '../../../lib/config/resolve-config';

/** What an upgrade must not replace, of one release of an environment. */
export interface ReleasedEnvironment {
  /** Templates by stack name, with the resources that hold state and the properties that decide about replacement. */
  readonly stacks: Readonly<Record<string, Template>>;
  /** Selectors by Deployment; Kubernetes refuses to change them. */
  readonly selectors: Readonly<Record<string, unknown>>;
}

export function releasedEnvironment(environment: string): ReleasedEnvironment {
  const config = loadEnvironment(environment);
  const stacks = draftTemplates(config).map(({ stackName, template }) => [stackName, stateOf(template)]);
  const deployments = applied(renderManifests(config).manifests).filter(({ kind }) => kind === 'Deployment');
  return {
    stacks: Object.fromEntries(stacks),
    selectors: Object.fromEntries(
      deployments.map(({ metadata, spec }) => [metadata?.name, (spec as { selector: unknown }).selector]),
    ),
  };
}

/** The part of a template whose change may lose data. */
export function stateOf({ Resources }: Template): Template {
  const stateful = Object.entries(Resources).filter(([, { Type }]) => isStateful(Type));
  return {
    Resources: Object.fromEntries(
      stateful.map(([id, { Type, Properties = {} }]) => {
        const deciding = Object.entries(Properties).filter(([name]) => replacementOf(Type, name) !== 'never');
        return [id, { Type, Properties: Object.fromEntries(deciding) }];
      }),
    ),
  };
}
