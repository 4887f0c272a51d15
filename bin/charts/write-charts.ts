import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ARGO_FOLDER } from '../../k8s/argo-application';
import { KUSTOMIZATION_FILE } from '../../k8s/kustomization';
import { type RenderedManifests, renderManifests, toYaml } from '../../k8s/manifests';
import { parseStackOutputs, type StackOutputs, StackOutputsError } from '../../k8s/stack-outputs';
import { ManifestError } from '../../k8s/validation/manifest-error';
import { parseRequiredApis } from '../../k8s/validation/required-apis';
import { validateManifests } from '../../k8s/validation/validate-manifests';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { withBuiltImage } from '../build-service/built-image';

/** Page whose tables list the add-ons that the cluster must have. */
const REQUIREMENTS_PAGE = join(__dirname, '..', '..', 'docs', 'cluster-requirements.md');

/** What was written for one environment; `--json` prints a list of these. */
export interface ChartsSummary {
  /** Name of the environment. */
  readonly environment: string;
  /** Directory that holds the files, as the caller named it. */
  readonly directory: string;
  /** File names, in the order in which they are applied. */
  readonly files: readonly string[];
  /** What a person who applies the files should know. */
  readonly warnings: readonly string[];
}

/**
 * Renders the manifests of an environment and checks them against docs/cluster-requirements.md and all rules.
 * @param outputsFile file of `cdk deploy --outputs-file`, for the endpoints
 * @throws ManifestError with all findings, StackOutputsError with all that the file lacks
 */
export function checkedManifests(config: ResolvedConfig, outputsFile?: string): RenderedManifests {
  const outputs = outputsFile === undefined ? undefined : readStackOutputs(outputsFile, config);
  const rendered = renderManifests(withBuiltImage(config), outputs);
  const listedApis = parseRequiredApis(readFileSync(REQUIREMENTS_PAGE, 'utf8'));
  const findings = validateManifests(rendered.manifests, { listedApis });
  if (findings.length === 0) return rendered;
  throw new ManifestError(
    findings
      .map(({ file, rule, message }) => `${config.environment} ${file}: ${message} [${rule}]`)
      .join('\n'),
  );
}

/** Writes a file for each manifest into the directory, which is created where it is missing. */
export function writeManifests(directory: string, { manifests }: RenderedManifests): void {
  mkdirSync(directory, { recursive: true });
  for (const manifest of manifests) {
    const path = join(directory, manifest.fileName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, toYaml(manifest));
  }
}

/**
 * Renders, checks and writes the manifests of an environment to a directory.
 * @throws what `checkedManifests` throws, before anything is written
 */
export function writeCharts(config: ResolvedConfig, directory: string, outputsFile?: string): ChartsSummary {
  const rendered = checkedManifests(config, outputsFile);
  writeManifests(directory, rendered);
  return chartsSummary(config.environment, directory, rendered);
}

/** Whether a directory holds rendered manifests and nothing else. */
export function holdsManifests(directory: string): boolean {
  const kustomization = join(directory, KUSTOMIZATION_FILE);
  if (!existsSync(kustomization)) return false;
  const listed = readFileSync(kustomization, 'utf8');
  return (
    listed.includes(`deployment.${API_NAME}.yaml`) &&
    readdirSync(directory).every(
      (entry) => entry === KUSTOMIZATION_FILE || entry === ARGO_FOLDER || listed.includes(entry),
    )
  );
}

/** The summary of what was written to `directory`. */
export function chartsSummary(
  environment: string,
  directory: string,
  { manifests, warnings }: RenderedManifests,
): ChartsSummary {
  return { environment, directory, files: manifests.map(({ fileName }) => fileName), warnings };
}

function readStackOutputs(file: string, config: ResolvedConfig): StackOutputs {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StackOutputsError([
      `--outputs must be a JSON file written by cdk deploy --outputs-file, got ${file} (${(error as Error).message})`,
    ]);
  }
  return parseStackOutputs(json, config);
}
