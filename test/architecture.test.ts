import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const FOLDERS = ['bin', 'lib', 'k8s', 'lambda'];

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
    from: /^lib\/constructs\//,
    to: /^(lib\/(stacks|platform|config\/(?!names|api-metrics|burn-rates))|k8s\/|bin\/|cdk8s)/,
    why: 'constructs are reusable: no environment values',
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
    from: /^lambda\//,
    to: /^(lib\/|k8s\/|bin\/|aws-cdk-lib|cdk8s|constructs)/,
    why: 'functions carry no infrastructure code',
  },
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

const existing = readdirSync(ROOT).filter((name) => FOLDERS.includes(name));
const modules = existing.flatMap(sourceFiles).map(readModule);

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

  test('make no circle', () => {
    const edges = new Map(modules.map(({ path, imports }) => [path.replace(/\.ts$/, ''), imports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (node: string, trail: readonly string[]): void => {
      if (trail.includes(node)) circles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '));
      if (done.has(node) || trail.includes(node)) return;
      for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
      done.add(node);
    };
    for (const node of edges.keys()) visit(node, []);
    expect(circles).toEqual([]);
  });
});

test('only entry points read the environment, the arguments and the clock', () => {
  const readers = modules
    .filter(({ path }) => !path.startsWith('bin/') && !path.endsWith('/handler.ts'))
    .filter(({ path }) =>
      /\bprocess\.(env|argv|exit)\b|\bDate\.now\(|\bnew Date\(\)/.test(
        readFileSync(join(ROOT, path), 'utf8'),
      ),
    )
    .map(({ path }) => path);
  expect(readers).toEqual([]);
});
