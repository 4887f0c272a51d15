/** A kind as discovery names it. */
export interface DiscoveredKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** What clients of any kind read first; undefined for other paths. */
export function rootDiscovery(path: string, served: readonly DiscoveredKind[]): object | undefined {
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path !== '/apis') return undefined;
  const versions = [...new Set(served.map(({ apiVersion }) => apiVersion))].filter((one) =>
    one.includes('/'),
  );
  const groups = versions.map((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** The kinds of an API version. */
export function discovery(apiVersion: string, served: readonly DiscoveredKind[]): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion,
    resources: served.flatMap(({ kind, plural, isNamespaced }) => [
      {
        ...{ name: plural, singularName: kind.toLowerCase(), kind, namespaced: isNamespaced },
        verbs: ['delete', 'get', 'list', 'patch'],
      },
      { name: `${plural}/status`, singularName: '', kind, namespaced: isNamespaced, verbs: ['get'] },
    ]),
  };
}
