import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * Patches the rendered document of a cdk8s-plus resource, for fields that its construct does not support.
 * `ApiObject.addJsonPatch` does not work for fields newer than the library's Kubernetes 1.27: its generated classes
 * filter the patched object again and drop unknown fields (a `sleep` hook becomes `{}`).
 */
export function patchOutput(resource: IConstruct, ...patches: readonly JsonPatch[]): void {
  const apiObject = ApiObject.of(resource);
  const render = apiObject.toJson.bind(apiObject);
  apiObject.toJson = () => JsonPatch.apply(render(), ...patches);
}
