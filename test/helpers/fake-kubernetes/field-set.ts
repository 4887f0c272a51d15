/**
 * Server-side apply over any object, by its leaves (kubernetes.io, "Server-Side Apply", "Merge strategy"): maps and
 * lists whose items have names are merged, other lists are atomic.
 */

/** Leaves by path; a step is `f:<field>` or `k:{"name":"…"}`. */
export type Leaves = ReadonlyMap<string, unknown>;

/** Separates the steps of a path; JSON never contains it. */
const SEPARATOR = '\t';

/** What the API server writes, and nobody owns. */
const NOBODYS =
  /^f:(apiVersion|kind|status)$|^f:metadata\tf:(name|namespace|resourceVersion|generation|managedFields)$/;

export function leavesOf(object: unknown): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, path: readonly string[]): void => {
    const text = path.join(SEPARATOR);
    if (NOBODYS.test(text) || value === undefined) return;
    if (Array.isArray(value) && value.length > 0 && value.every(isNamed)) {
      for (const item of value) walk(item, [...path, `k:{"name":${JSON.stringify(item.name)}}`]);
    } else if (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0
    ) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, `f:${key}`]);
    } else {
      leaves.set(text, value);
    }
  };
  walk(object, []);
  return leaves;
}

function isNamed(item: unknown): item is { readonly name: string } {
  return typeof item === 'object' && item !== null && typeof (item as { name?: unknown }).name === 'string';
}

export function objectOf(leaves: Leaves): Record<string, unknown> {
  const root: Tree = new Map();
  for (const [path, value] of leaves) {
    const steps = path.split(SEPARATOR);
    let node = root;
    for (const step of steps.slice(0, -1)) {
      const next = node.get(step);
      const child: Tree = next instanceof Map ? next : new Map();
      node.set(step, child);
      node = child;
    }
    node.set(steps.at(-1) ?? '', value);
  }
  return plain(root) as Record<string, unknown>;
}

type Tree = Map<string, unknown>;

function plain(node: unknown): unknown {
  if (!(node instanceof Map)) return node;
  const entries = [...node] as [string, unknown][];
  if (entries.length > 0 && entries.every(([step]) => step.startsWith('k:'))) {
    return entries.map(([, inner]) => plain(inner));
  }
  return Object.fromEntries(entries.map(([step, inner]) => [step.replace(/^f:/, ''), plain(inner)]));
}

/** Paths in the form of `managedFields`. */
export function fieldsV1(paths: Iterable<string>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const path of paths) {
    let node = root;
    for (const step of path.split(SEPARATOR)) {
      node[step] ??= {};
      node = node[step] as Record<string, unknown>;
    }
  }
  return root;
}
