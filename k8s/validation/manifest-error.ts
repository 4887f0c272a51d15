/** An API server would refuse the manifests, or they contradict each other. The message has a line for each finding. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}
