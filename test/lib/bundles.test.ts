import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { context } from '../../cdk.json';
import { createPlatform } from '../../lib/platform';
import { command, ROOT } from '../helpers/commands';
import { testConfig } from '../helpers/config';

/** Entry points, the function that each becomes, and the most that its file may weigh, bytes. */
const HANDLERS = [
  ['lambda/predictive-scaler/handler.ts', 'llm-cost-ops-prod-scaler-1', 1_200_000],
  ['lambda/predictive-scaler/release/handler.ts', 'llm-cost-ops-prod-scaler-release', 200_000],
] as const;

let scratch: string;
/** Folder of each function's asset, by the function's name. */
let assets: Record<string, string>;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bundles-'));
  process.env['CDK_VALIDATION'] = 'false';
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': ['PredictiveScaling'] },
    outdir: scratch,
  });
  createPlatform(app, testConfig());
  const { template } = app.synth().getStackByName('llm-cost-ops-prod-predictive-scaling');
  const functions = (Object.values(template.Resources) as FunctionResource[]).filter(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.FunctionName !== undefined,
  );
  assets = Object.fromEntries(
    functions.map(({ Properties: { FunctionName, Code } }) => [
      FunctionName,
      join(scratch, `asset.${Code.S3Key.replace('.zip', '')}`),
    ]),
  );
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface FunctionResource {
  readonly Type: string;
  readonly Properties: { readonly FunctionName: string; readonly Code: { readonly S3Key: string } };
}

describe.each(HANDLERS)('%s', (entry, functionName, ceiling) => {
  test(`becomes one file of at most ${ceiling} bytes`, () => {
    const folder = String(assets[functionName]);
    expect(readdirSync(folder)).toEqual(['index.mjs']);
    expect(statSync(join(folder, 'index.mjs')).size).toBeLessThan(ceiling);
  });

  test('loads as a module, and has a handler', () => {
    const url = JSON.stringify(`file://${assets[functionName]}/index.mjs`);
    const script = `import(${url}).then(({ handler }) => console.log(typeof handler))`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('function');
  });

  test('carries no infrastructure, no backtest and nothing for the laptop', () => {
    const metafile = join(scratch, `${functionName}.json`);
    const options = ['--bundle', '--platform=node', '--format=esm', '--main-fields=module,main'];
    expect(
      command(ROOT, 'esbuild', entry, ...options, `--metafile=${metafile}`, `--outfile=${scratch}/out.mjs`),
    ).toMatchObject({ status: 0 });
    const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: object };
    const foreign =
      /^(lib|k8s|bin|test)\/|node_modules\/(aws-cdk-lib|cdk8s|constructs|yaml|zod\/v4\/classic)\/|\/backtest\/|\/(csv|file)-|kubeconfig/;
    expect(Object.keys(inputs)).toContain(entry);
    expect(Object.keys(inputs).filter((path) => foreign.test(path))).toEqual([]);
  });
});
