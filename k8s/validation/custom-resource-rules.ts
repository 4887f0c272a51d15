import type { ICustomResourceDefinition } from 'kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition';
import type { Problem } from './finding';
import type { ResourceSet } from './resource-set';
import { type StructuralSchema, valueProblems } from './structural-schema';

/** Objects of a kind that the manifests themselves define fit its schema; the API server drops what is not in it. */
export function definedResources(set: ResourceSet): Problem[] {
  const schemas = new Map(
    set
      .ofKind('CustomResourceDefinition')
      .flatMap(({ document }) => schemasOf(document))
      .map(({ key, schema }) => [key, schema]),
  );
  return set.all.flatMap(({ file, document }) => {
    const schema = schemas.get(`${document.apiVersion} ${document.kind}`);
    if (schema === undefined) return [];
    return valueProblems(schema, document, document.kind).map((message) => ({ file, message }));
  });
}

/** The schema of each version, by `apiVersion kind`. */
function schemasOf({ spec }: ICustomResourceDefinition): { key: string; schema: StructuralSchema }[] {
  return (spec?.versions ?? []).map(({ name, schema }) => ({
    key: `${spec?.group}/${name} ${spec?.names.kind}`,
    schema: (schema?.openAPIV3Schema ?? {}) as StructuralSchema,
  }));
}
