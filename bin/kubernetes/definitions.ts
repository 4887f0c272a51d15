import type { KubernetesDocument } from '../../k8s/manifest';
import { NAMESPACE } from '../../lib/config/names';
import type { KubernetesClient } from './kubernetes-client';
import type { LiveObject, ObjectRef } from './object-ref';

/** Kind of the objects that define other kinds. */
export const DEFINITION_KIND = 'CustomResourceDefinition';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** Kinds that the documents themselves define. */
export function definedKinds(documents: readonly KubernetesDocument[]): Set<string> {
  const definitions = documents.filter(({ kind }) => kind === DEFINITION_KIND);
  return new Set(definitions.map(({ spec }) => (spec as DefinitionSpec).names.kind));
}

/**
 * Whether a definition must stay, because with it all objects of its kind would go: some of them are among the
 * documents, or in other teams' namespaces.
 * @throws {KubernetesProblem}
 */
export async function isDefinitionInUse(
  client: KubernetesClient,
  definition: LiveObject,
  documents: readonly KubernetesDocument[],
): Promise<boolean> {
  const { group, names, versions } = definition['spec'] as DefinitionSpec;
  const version = versions.find(({ served }) => served)?.name;
  if (version === undefined) return false;
  const kind = { apiVersion: `${group}/${version}`, kind: names.kind };
  if (documents.some((one) => one.apiVersion === kind.apiVersion && one.kind === kind.kind)) return true;
  if (!(await client.serves(kind))) return false;
  const objects = await client.list(kind);
  return objects.some(({ metadata }) => metadata.namespace !== NAMESPACE);
}

/** Whether a reference names a definition that others still need. @throws {KubernetesProblem} */
export async function isNeededDefinition(client: KubernetesClient, ref: ObjectRef): Promise<boolean> {
  if (ref.kind !== DEFINITION_KIND) return false;
  const live = await client.get(ref);
  return live !== undefined && (await isDefinitionInUse(client, live, []));
}
