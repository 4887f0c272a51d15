import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import type { Client } from '../../test/load/client.ts';
import { UsageError } from '../cli/command';
import { type K6Options, parseK6Options } from './k6-options';

/** The scripts of test/load/. */
export const SCENARIOS = ['smoke', 'load', 'stress', 'spike', 'soak'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** A script of test/load/, read as k6 reads it. */
export interface Script {
  /** Scenarios and thresholds, with durations in ms. */
  readonly options: K6Options;
  /** Creates a virtual user. */
  readonly client: () => Client;
}

const FOLDER = resolve(__dirname, '../../test/load');

/** What the scripts import from k6. The requests are sent by this command, so none of it is called. */
const K6_MODULES: Readonly<Record<string, string>> = {
  k6: 'export const check = undefined, sleep = undefined;',
  'k6/execution': 'export default undefined;',
  'k6/http': 'export default undefined;',
  'k6/metrics': 'export class Rate {}',
};

const k6Modules = (modules: Readonly<Record<string, string>>): Plugin => ({
  name: 'k6-modules',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^k6(\/|$)/ }, ({ path }) => ({ path, namespace: 'k6' }));
    onLoad({ filter: /.*/, namespace: 'k6' }, ({ path }) => {
      const contents = modules[path];
      return contents === undefined
        ? { errors: [{ text: `${path} is not known to npm run load` }] }
        : { contents };
    });
  },
});

/**
 * A script's code in one piece, which leaves its exports in `script`.
 * @param modules code of k6's own modules
 */
export async function bundleScript(name: ScenarioName, modules = K6_MODULES): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(FOLDER, `${name}.ts`)],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'script',
    target: 'es2022',
    // No Node API: k6 has none.
    platform: 'neutral',
    plugins: [k6Modules(modules)],
    logLevel: 'silent',
  });
  return String(outputFiles[0]?.text);
}

/**
 * Runs a script's code up to its options.
 * @param env what k6 has as `__ENV`
 * @throws UsageError with what is wrong with its parameters
 */
export function evaluateScript(
  name: ScenarioName,
  code: string,
  env: Readonly<Record<string, string>>,
): Script {
  const context = createContext({ __ENV: env });
  try {
    const { options, client } = runInContext(`${code};script`, context, { filename: `${name}.ts` });
    // k6 takes options as JSON too, which drops functions and undefined values.
    return { options: parseK6Options(`${name}.ts`, JSON.parse(JSON.stringify(options))), client };
  } catch (error) {
    // An error of another context is no instance of the classes here.
    const { name: kind, message } = error as Error;
    if (kind === 'ParameterError') throw new UsageError(message, { cause: error });
    throw error;
  }
}
