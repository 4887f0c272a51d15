/** Manifests that an API server would refuse or that contradict each other; a line for each finding. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}
