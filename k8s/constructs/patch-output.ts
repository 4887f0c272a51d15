import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * Changes what a cdk8s-plus resource renders to, for what its construct cannot say. `ApiObject.addJsonPatch`
 * is no help with fields newer than the library's Kubernetes 1.27: its generated classes filter the patched
 * object once more and drop what they do not know (a `sleep` hook becomes `{}`).
 */
export function patchOutput(resource: IConstruct, ...patches: readonly JsonPatch[]): void {
  const apiObject = ApiObject.of(resource);
  const render = apiObject.toJson.bind(apiObject);
  apiObject.toJson = () => JsonPatch.apply(render(), ...patches);
}
