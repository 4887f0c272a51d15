import type { ObjectRef } from './object-ref';

/** How the API names the objects of a kind. */
export interface ResourceName {
  /** Plural in paths, such as `deployments`. */
  readonly name: string;
  /** Whether objects of the kind live in namespaces. */
  readonly isNamespaced: boolean;
}

/** Resources of an API version by kind. */
export type Discovered = ReadonlyMap<string, ResourceName>;

/** Path of an object, or of all objects of the kind where the name is empty. */
export function resourcePath({ apiVersion, namespace, name }: ObjectRef, resource: ResourceName): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inside =
    resource.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const one = name === '' ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${inside}/${resource.name}${one}`;
}
