import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const FOLDERS = ['bin', 'lib', 'k8s', 'lambda', 'service'];

/** A source file and the modules it imports: repository paths without extension, or package names. */
interface Module {
  readonly path: string;
  readonly imports: readonly string[];
}

/** What a file whose path starts with `from` must not import, and why. The first rule that fits counts. */
const FORBIDDEN: readonly { from: RegExp; to: RegExp; why: string }[] = [
  {
    from: /^lib\/config\//,
    to: /^(aws-cdk-lib|cdk8s|constructs|lib\/(?!config\/)|k8s\/|bin\/)/,
    why: 'configuration knows nothing of what is built from it',
  },
  {
    from: /^lib\/constructs\/(?!observability\/|scaling\/)/,
    to: /^lib\/config\/(?!names|burn-rates)/,
    why: 'constructs are reusable: no environment values',
  },
  {
    from: /^lib\/constructs\/(observability|scaling)\//,
    to: /^lib\/config\/(?!names|burn-rates|environment-config|objectives|scaled-workloads)/,
    why: 'they take the objectives and workloads of an environment, and no other values of it',
  },
  {
    from: /^lib\/constructs\//,
    to: /^(lib\/(stacks|platform)|k8s\/|bin\/|cdk8s)/,
    why: 'constructs know nothing of what they are put into',
  },
  { from: /^lib\//, to: /^(k8s\/|bin\/|cdk8s)/, why: 'infrastructure knows nothing of manifests' },
  {
    from: /^lib\//,
    to: /^lambda\/(?!.*\/constants$)/,
    why: 'only the contract file of a function is for infrastructure',
  },
  {
    from: /^k8s\//,
    to: /^(lib\/(?!config\/)|bin\/|aws-cdk-lib|lambda\/)/,
    why: 'manifests take the configuration and nothing else',
  },
  {
    from: /^k8s\/constructs\//,
    to: /^(lib\/|k8s\/charts)/,
    why: 'constructs are reusable: no environment values',
  },
  {
    from: /^(lambda|service)\//,
    to: /^(lib\/|k8s\/|bin\/|aws-cdk-lib|cdk8s|constructs)/,
    why: 'functions and the service carry no infrastructure code',
  },
  { from: /^service\//, to: /^lambda\//, why: 'functions use the service, never the other way round' },
  {
    from: /^(lib|k8s)\//,
    to: /^service\/(?!contract$)/,
    why: 'only the contract file of the service is for infrastructure',
  },
  { from: /^service\/contract/, to: /./, why: 'the contract imports nothing' },
];

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

function readModule(path: string): Module {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*'([^']+)'/g)].map(
    ([, name]) => String(name),
  );
  const imports = specifiers.map((name) =>
    name.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), name)) : name,
  );
  return { path, imports };
}

function withoutExtension(path: string): string {
  return path.replace(/\.ts$/, '');
}

/** The repository's files that a file imports, without extension; a folder stands for its index. */
function targetsOf({ imports }: Module): string[] {
  return imports.map((target) => (indexes.has(`${target}/index`) ? `${target}/index` : target));
}

/** Imports between the folders of each parent: by parent, then from folder to folders. */
function folderImports(files: readonly Module[]): Map<string, Map<string, string[]>> {
  const byParent = new Map<string, Map<string, string[]>>();
  for (const { path, imports } of files) {
    for (const target of imports) {
      const [from, to] = [path.split('/'), target.split('/')];
      const level = from.findIndex((name, index) => name !== to[index]);
      const [source, goal] = [from[level], to[level]];
      // Both are folders, not files that lie beside each other.
      if (source === undefined || goal === undefined || level >= from.length - 1) continue;
      if (level >= to.length - 1 && !indexes.has(`${target}/index`)) continue;
      const parent = from.slice(0, level).join('/') || 'the root';
      const edges = byParent.get(parent) ?? new Map<string, string[]>();
      byParent.set(parent, edges.set(source, [...(edges.get(source) ?? []), goal]));
    }
  }
  return byParent;
}

/** Every circle that a walk along the imports comes upon, as `a -> b -> a`. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) circles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '));
    if (done.has(node) || trail.includes(node)) return;
    for (const next of imports.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of imports.keys()) visit(node, []);
  return circles;
}

const existing = readdirSync(ROOT).filter((name) => FOLDERS.includes(name));
const modules = existing.flatMap(sourceFiles).map(readModule);
const indexes = new Set(
  modules.map(({ path }) => withoutExtension(path)).filter((path) => path.endsWith('/index')),
);

describe('imports', () => {
  test('are found at all', () => {
    expect(modules.find(({ path }) => path === 'bin/app.ts')?.imports).toContain('lib/platform');
  });

  test('go one way only', () => {
    const wrong = modules.flatMap(({ path, imports }) =>
      imports.flatMap((target) =>
        FORBIDDEN.filter(({ from, to }) => from.test(path) && to.test(target)).map(
          ({ why }) => `${path} imports ${target}: ${why}`,
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('make no circle between files', () => {
    expect(
      circlesOf(new Map(modules.map((module) => [withoutExtension(module.path), targetsOf(module)]))),
    ).toEqual([]);
  });

  test('make no circle between folders of one level', () => {
    const circles = [...folderImports(modules)].flatMap(([parent, imports]) =>
      circlesOf(imports).map((circle) => `${parent}: ${circle}`),
    );
    expect(circles).toEqual([]);
  });

  test('a circle between folders is found where the files make none', () => {
    const files: Module[] = [
      { path: 'lib/a/one.ts', imports: ['lib/b/one'] },
      { path: 'lib/b/two.ts', imports: ['lib/a/two'] },
    ];
    expect(circlesOf(folderImports(files).get('lib') ?? new Map())).toEqual(['a -> b -> a']);
  });
});

test('no folder has more than 20 source files but bin, where each command is a file', () => {
  const sizes = new Map<string, number>();
  for (const { path } of modules) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
  expect([...sizes].filter(([folder, size]) => size > 20 && folder !== 'bin')).toEqual([]);
});

/** Paths of the files that hold a pattern, among those that `isChecked`. */
function holding(pattern: RegExp, isChecked: (path: string) => boolean): string[] {
  return modules
    .map(({ path }) => path)
    .filter((path) => isChecked(path) && pattern.test(readFileSync(join(ROOT, path), 'utf8')));
}

test('only entry points read the environment, the arguments and the clock', () => {
  const readers = holding(
    /\bprocess\.(env|argv|exit)\b|\bDate\.now\(|\bnew Date\(\)/,
    (path) =>
      !path.startsWith('bin/') && !path.endsWith('/handler.ts') && !/^service\/(api|admin)\.ts$/.test(path),
  );
  expect(readers).toEqual([]);
});

test('only the files of commands read the environment and the arguments; their folders get them as values', () => {
  const readers = holding(/\bprocess\.(env|argv|exit)\b/, (path) => /^bin\/(?!bench\/[^/]+$).+\//.test(path));
  expect(readers).toEqual(['bin/cli/command.ts']);
});
