import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { Manifest } from '../../k8s/manifest';
import { renderManifests } from '../../k8s/manifests';
import { structuralSchema, valueProblems } from '../../k8s/validation/structural-schema';
import { ROOT } from '../helpers/commands';
import { EXISTING_CLUSTER, testConfig } from '../helpers/config';
import { FakeCluster, type FakeObject } from '../helpers/fake-kubernetes/fake-cluster';
import { type AnyDocument, changed, documentOf, findings } from '../helpers/manifests';
import { removeFolder, serverFolder } from '../helpers/servers';

const ACTS = { autoscaling: { preset: 'vpa-acts' } } as const;
/** What a cluster with a Prometheus of its own needs. */
const SCRAPED = { scraperNamespace: 'monitoring' } as const;
const INITIAL = { autoscaling: { vpa: { updateMode: 'Initial' } } } as const;

const render = (overrides: Parameters<typeof testConfig>[0] = {}) =>
  renderManifests(testConfig(overrides)).manifests;
const acting = render(ACTS);
const RECOMMENDER = 'llm-cost-ops-vpa-recommender';
const UPDATER = 'llm-cost-ops-vpa-updater';
const ADMISSION = 'llm-cost-ops-vpa-admission';

function namesOf(manifests: readonly Manifest[], kind: string): string[] {
  const found = manifests.filter(({ document }) => document.kind === kind);
  return found.map(({ document }) => document.metadata?.name ?? '');
}

describe('what is installed', () => {
  const parts = (manifests: readonly Manifest[]) =>
    namesOf(manifests, 'Deployment').filter((name) => name.includes('-vpa-'));

  it.each<[name: string, Parameters<typeof testConfig>[0], parts: string[], definitions: number]>([
    ['by default the recommender, because the VPA only recommends', {}, [RECOMMENDER], 2],
    ['all parts where running pods are resized', ACTS, [ADMISSION, RECOMMENDER, UPDATER], 2],
    ['no updater where new pods alone are sized', INITIAL, [ADMISSION, RECOMMENDER], 2],
    ['nothing where it is there already', { cluster: { verticalPodAutoscaler: true } }, [], 0],
    ['nothing where nobody installs it', { cluster: { verticalPodAutoscaler: false } }, [], 0],
    [
      "nothing in somebody else's cluster",
      { cluster: { existing: EXISTING_CLUSTER }, metrics: SCRAPED },
      [],
      0,
    ],
    [
      "the recommender in somebody else's cluster on demand",
      { cluster: { existing: EXISTING_CLUSTER, verticalPodAutoscaler: 'managed' }, metrics: SCRAPED },
      [RECOMMENDER],
      2,
    ],
  ])('is %s', (_, overrides, expected, definitions) => {
    const manifests = render(overrides);
    expect(parts(manifests)).toEqual(expected);
    expect(namesOf(manifests, 'CustomResourceDefinition')).toHaveLength(definitions);
    expect(namesOf(manifests, 'MutatingWebhookConfiguration')).toHaveLength(
      expected.includes(ADMISSION) ? 1 : 0,
    );
    expect(findings(manifests)).toEqual([]);
  });

  it('runs one pod of each part, which a roll-out replaces', () => {
    for (const name of [RECOMMENDER, UPDATER, ADMISSION]) {
      const { replicas, strategy } = documentOf(acting, 'Deployment', name).spec;
      expect({ name, replicas, strategy }).toEqual({ name, replicas: 1, strategy: { type: 'Recreate' } });
    }
  });

  it.each([RECOMMENDER, UPDATER, ADMISSION])(
    'lets %s look after the namespace of the platform alone',
    (name) => {
      const [{ args }] = documentOf(acting, 'Deployment', name).spec.template.spec.containers;
      expect(args).toContain('--vpa-object-namespace=llm-cost-ops');
      // Release 1.6 has it switched on, and later ones end at a flag with its name.
      expect(args.join(' ')).not.toContain('feature-gates');
    },
  );
});

describe('rights', () => {
  const rulesOf = (kind: string, name: string): AnyDocument[] => documentOf(acting, kind, name).rules;

  it('reach beyond the namespace for reading, except for the certificate of the one webhook', () => {
    const cluster = namesOf(acting, 'ClusterRole').filter((name) => name.includes('-vpa-'));
    expect(cluster).toEqual(['llm-cost-ops-vpa-admission-trust', 'llm-cost-ops-vpa-reader']);
    const verbs = rulesOf('ClusterRole', 'llm-cost-ops-vpa-reader').flatMap((rule) => rule.verbs);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list', 'watch']));
    expect(rulesOf('ClusterRole', 'llm-cost-ops-vpa-admission-trust')).toEqual([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [ADMISSION],
        verbs: ['get', 'patch'],
      },
    ]);
  });

  it.each([
    [RECOMMENDER, 'verticalpodautoscalers/status', ['get', 'patch'], true],
    [RECOMMENDER, 'pods/eviction', ['create'], false],
    [RECOMMENDER, 'pods/resize', ['patch'], false],
    [UPDATER, 'pods/eviction', ['create'], true],
    [UPDATER, 'pods/resize', ['patch'], true],
    [UPDATER, 'verticalpodautoscalers/status', ['patch'], false],
    [ADMISSION, 'leases', ['create', 'update'], true],
    [ADMISSION, 'pods/eviction', ['create'], false],
  ])('of %s on %s: %j is %s', (name, resource, verbs, isAllowed) => {
    const rules = rulesOf('Role', name).filter(({ resources }) => resources.includes(resource));
    expect(verbs.every((verb) => rules.some((rule) => rule.verbs.includes(verb)))).toBe(isAllowed);
  });

  it('include no Secret', () => {
    const all = acting
      .filter(({ document, fileName }) => fileName.includes('-vpa-') && document.kind !== 'ConfigMap')
      .map(({ document }) => JSON.stringify(document));
    expect(all.filter((text) => /secret/i.test(text))).toEqual([]);
  });
});

describe('the definitions', () => {
  const schemaOf = (plural: string) => {
    const { spec } = documentOf(acting, 'CustomResourceDefinition', `${plural}.autoscaling.k8s.io`);
    return structuralSchema.parse(spec.versions[0].schema.openAPIV3Schema);
  };
  const autoscaler = documentOf(acting, 'VerticalPodAutoscaler');

  it('are approved, as Kubernetes asks for groups of its own', () => {
    for (const name of namesOf(acting, 'CustomResourceDefinition')) {
      const { annotations } = documentOf(acting, 'CustomResourceDefinition', name).metadata;
      expect(annotations).toHaveProperty(['api-approved.kubernetes.io'], expect.stringMatching(/^https:/));
    }
  });

  it('give the status of its own to the autoscaler, not to the checkpoint, which is written whole', () => {
    const subresources = namesOf(acting, 'CustomResourceDefinition').map(
      (name) => documentOf(acting, 'CustomResourceDefinition', name).spec.versions[0].subresources,
    );
    expect(subresources).toEqual([undefined, { status: {} }]);
  });

  it('keep what the recommender writes', () => {
    const amounts = { cpu: '250m', memory: '262144k' };
    const status = {
      conditions: [
        { type: 'RecommendationProvided', status: 'True', lastTransitionTime: '2026-11-28T00:00:00Z' },
        { type: 'LowConfidence', status: 'True', reason: 'few', message: 'of 10 samples' },
      ],
      recommendation: {
        containerRecommendations: [
          {
            containerName: 'api',
            ...{ lowerBound: amounts, target: amounts, upperBound: amounts },
            uncappedTarget: { cpu: 1, memory: '1.5e9' },
          },
        ],
      },
    };
    const schema = schemaOf('verticalpodautoscalers');
    expect(valueProblems(schema, { ...autoscaler, status }, 'vpa')).toEqual([]);
    const histogram = { bucketWeights: { 3: 10_000 }, referenceTimestamp: null, totalWeight: 1.5 };
    const checkpoint = {
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscalerCheckpoint',
      metadata: { name: 'llm-cost-ops-vpa-api' },
      spec: { containerName: 'api', vpaObjectName: 'llm-cost-ops-vpa' },
      status: {
        ...{ cpuHistogram: histogram, memoryHistogram: histogram, version: 'v3', totalSamplesCount: 9 },
        ...{ firstSampleStart: '2026-11-28T00:00:00Z', lastSampleStart: null, lastUpdateTime: null },
      },
    };
    expect(valueProblems(schemaOf('verticalpodautoscalercheckpoints'), checkpoint, 'it')).toEqual([]);
  });

  it.each<[path: string, value: unknown, message: string]>([
    ['spec.updatePolicy.updateMode', 'On', 'must be one of Off, Initial'],
    ['spec.updatePolicy.minReplicas', 0, 'must be at least 1'],
    ['spec.updatePolicy.minReplicas', '2', 'must be of type integer'],
    ['spec.targetRef.name', undefined, 'spec.targetRef.name is missing'],
    ['spec.targetRef', undefined, 'spec.targetRef is missing'],
    ['spec.targetRef', null, 'must not be null'],
    ['spec.targetRef', [], 'must be of type object'],
    ['spec.resourcePolicy.containerPolicies', {}, 'must be of type array'],
    ['spec.resourcePolicy.containerPolicies.0.minAllowed.cpu', '100 m', 'must match'],
    ['spec.resourcePolicy.containerPolicies.0.minAllowed.cpu', 0.5, 'must be of type integer or string'],
    ['spec.resourcePolicy.containerPolicies.0.modus', 'Off', 'modus is not in the schema'],
  ])('refuse %s = %j', (path, value, message) => {
    const found = findings(changed(acting, 'VerticalPodAutoscaler', path, value));
    expect(found).toContainEqual(expect.stringMatching(/^defined-resource /));
    expect(found.join('\n')).toContain(message);
  });

  it.each<[what: string, schema: object, message: string]>([
    ['without a type', {}, 'must have a type'],
    ['with a list of anything', { type: 'array' }, 'must have items'],
    ['with a required field that is none', { type: 'object', required: ['a'] }, 'requires a, which is no'],
    ['with an unknown key', { type: 'object', property: {} }, 'Unrecognized key: "property"'],
    [
      'with fields and keys of any name',
      {
        type: 'object',
        properties: { a: { type: 'string' } },
        additionalProperties: { type: 'string' },
      },
      'must not have properties and additionalProperties',
    ],
  ])('are refused %s', (_, schema, message) => {
    const path = ['spec', 'versions', '0', 'schema', 'openAPIV3Schema', 'properties', 'spec'];
    const name = 'verticalpodautoscalers.autoscaling.k8s.io';
    const found = findings(changed(acting, 'CustomResourceDefinition', path, schema, name));
    expect(found[0]).toContain(`schema customresourcedefinition.${name}.yaml`);
    expect(found[0]).toContain(message);
  });
});

describe('the order', () => {
  const wave = (kind: string, name?: string) =>
    Number(documentOf(acting, kind, name).metadata.annotations['argocd.argoproj.io/sync-wave']);
  const DEFINITION = 'verticalpodautoscalers.autoscaling.k8s.io';

  it('is: definitions, webhook, admission controller, autoscaler', () => {
    const waves = [
      wave('CustomResourceDefinition', DEFINITION),
      wave('MutatingWebhookConfiguration'),
      wave('Deployment', ADMISSION),
      wave('VerticalPodAutoscaler'),
    ];
    expect(waves).toEqual([0, 1, 2, 3]);
  });

  it("leaves the webhook's certificate alone when Argo CD compares, where there is a webhook", () => {
    const ignored = (manifests: readonly Manifest[]) =>
      documentOf(manifests, 'Application').spec.ignoreDifferences.map(({ kind }: AnyDocument) => kind);
    expect(ignored(acting)).toEqual(['HorizontalPodAutoscaler', 'MutatingWebhookConfiguration']);
    expect(ignored(render())).toEqual(['HorizontalPodAutoscaler']);
  });

  it('never lets Argo CD prune a definition, and with it the autoscalers of other teams', () => {
    const { annotations } = documentOf(acting, 'CustomResourceDefinition', DEFINITION).metadata;
    expect(annotations).toHaveProperty(['argocd.argoproj.io/sync-options'], 'Prune=false');
  });
});

describe('the webhook', () => {
  const configuration = documentOf(acting, 'MutatingWebhookConfiguration');

  it('asks about pods of the platform alone, and lets them start without an answer', () => {
    expect(configuration.webhooks).toEqual([
      expect.objectContaining({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'llm-cost-ops' } },
        failurePolicy: 'Ignore',
        sideEffects: 'None',
      }),
    ]);
  });

  it.each([
    ['webhooks.0.clientConfig.service.name', 'no'],
    ['webhooks.0.clientConfig.service.port', 444],
  ])('fails webhook-service with %s = %j', (path, value) => {
    expect(findings(changed(acting, 'MutatingWebhookConfiguration', path, value))).toEqual([
      expect.stringMatching(
        /^webhook-service .* must name a rendered Service and its port, got llm-cost-ops/,
      ),
    ]);
  });

  describe('and its certificate', () => {
    const pod = documentOf(acting, 'Deployment', ADMISSION).spec.template.spec;
    const [init] = pod.initContainers;
    let cluster: FakeCluster;
    let folder: string;
    beforeAll(async () => {
      folder = serverFolder();
      cluster = await FakeCluster.start(acting.map(({ document }) => [document.apiVersion, document.kind]));
      writeFileSync(join(folder, 'ca.crt'), cluster.certificateAuthority);
      writeFileSync(join(folder, 'token'), 'the-token\n');
    });
    beforeEach(() => {
      cluster.apply(configuration as FakeObject, 'llm-cost-ops-deploy');
    });
    afterEach(() => cluster.reset());
    afterAll(async () => {
      await cluster.close();
      removeFolder(folder);
    });

    /** Runs the init container's command, with its files, against the fake cluster. */
    async function run(directory: string) {
      const { data } = documentOf(acting, 'ConfigMap', ADMISSION);
      const scripts = join(folder, 'scripts');
      mkdirSync(scripts, { recursive: true });
      mkdirSync(directory, { recursive: true });
      for (const [file, text] of Object.entries(data)) writeFileSync(join(scripts, file), String(text));
      const given = Object.fromEntries(init.env.map(({ name, value }: AnyDocument) => [name, value]));
      const { hostname, port } = new URL(cluster.server.url);
      const child = spawn(process.execPath, [join(scripts, 'webhook-certificate.mjs')], {
        env: {
          ...given,
          CERTIFICATE_DIRECTORY: directory,
          CREDENTIALS_DIRECTORY: folder,
          KUBERNETES_SERVICE_HOST: hostname,
          KUBERNETES_SERVICE_PORT: port,
        },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      const [code] = await once(child, 'close');
      return { code, output };
    }

    const clientConfig = () => {
      const live = cluster.get('MutatingWebhookConfiguration', ADMISSION) as AnyDocument;
      return live.webhooks[0].clientConfig as AnyDocument;
    };
    const bundle = (): string => clientConfig().caBundle;
    const pemOf = (text: string) => Buffer.from(text, 'base64').toString();

    it('is trusted by the Kubernetes API, for the host by which it calls the Service', async () => {
      const directory = join(folder, 'first');
      const { code, output } = await run(directory);
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
      const authority = pemOf(bundle());
      const read = new X509Certificate(authority);
      expect(read.subjectAltName).toBe('DNS:llm-cost-ops-vpa-admission.llm-cost-ops.svc');
      expect(await handshake(directory, authority)).toBe('trusted');
      // Deployment and init container own their fields side by side.
      expect(clientConfig().service.name).toBe(ADMISSION);
    });

    it('is another one in each pod, and survives an apply of the manifests', async () => {
      const directory = join(folder, 'second');
      await run(directory);
      const first = bundle();
      cluster.apply(configuration as FakeObject, 'llm-cost-ops-deploy');
      expect(bundle()).toBe(first);
      await run(directory);
      expect(bundle()).not.toBe(first);
      expect(await handshake(directory, pemOf(first))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    });

    it('is not written where the Kubernetes API refuses', async () => {
      cluster.server.failNext({ kind: 'answer', answer: { status: 403, body: '{}' } });
      const directory = join(folder, 'third');
      const { code, output } = await run(directory);
      expect(code).toBe(1);
      expect(output).toContain('the Kubernetes API answered 403 about llm-cost-ops-vpa-admission');
      expect(() => readFileSync(join(directory, 'tls.key'))).toThrow('ENOENT');
    });

    it('is made from the files of the repository', () => {
      const { data } = documentOf(acting, 'ConfigMap', ADMISSION);
      for (const [file, text] of Object.entries(data)) {
        expect(text).toBe(readFileSync(join(ROOT, 'k8s', 'scripts', file), 'utf8'));
      }
    });
  });
});

/** Connects to a server with the files of a folder, as the Kubernetes API does. */
async function handshake(directory: string, authority: string): Promise<string> {
  const server = createServer({
    cert: readFileSync(join(directory, 'tls.crt')),
    key: readFileSync(join(directory, 'tls.key')),
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const outcome = await new Promise<string>((resolve) => {
    const servername = 'llm-cost-ops-vpa-admission.llm-cost-ops.svc';
    const socket = connect({ host: '127.0.0.1', port, ca: authority, servername }, () => {
      socket.destroy();
      resolve('trusted');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  server.close();
  return outcome;
}
