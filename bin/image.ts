#!/usr/bin/env node
/** `npm run image`: the service's image of an environment, by name, as files, or built and pushed from here. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { imageReference } from '../k8s/images';
import type { ResolvedConfig } from '../lib/config/environment-config';
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import { imageFiles, writeImageFiles } from '../lib/service-image';
import { withBuiltImage } from './build-service/built-image';
import { command, run, UsageError } from './cli/command';
import { type CloudSurroundings, withCloud } from './cloud/cloud-command';
import { interruptible, interruptSignal } from './cloud/interruptible';
import { pushImage } from './image/push-image';

const HELP = `Prints the image that the pods of an environment run, and builds it where Docker is.
Nobody has to: with workload.image { source: 'built' } the deployment builds it in the account.

Usage: npm run image -- --env <name> [options]

  --env <name>       environment: ${Object.keys(environments).join(', ')}
  --out <dir>        write the Dockerfile and what it copies to a folder, for an engine or a pipeline of your own
  --local            build with the engine of this machine and push, where the registry lacks the tag
  --engine <program> engine with the command line of Docker: docker, podman, finch, nerdctl (default: docker)
  --json             print the result as JSON; the engine's output goes to stderr
  --help             print this

--local pushes under the tag of the environment: a hash of the content, or what workload.image.tag names. It logs the
engine in to ECR, and out again.
Exit codes: 0 done, 1 a wrong option, no engine, no rights or a failed build, 130 interrupted.`;

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string' },
    out: { type: 'string' },
    local: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'docker' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ env, out, local, engine, json }, terminal, surroundings: CloudSurroundings) => {
    if (env === undefined) throw new UsageError('--env <name> is needed; see --help');
    const report = (config: ResolvedConfig, outcome: 'present' | 'pushed' | null) => {
      const { architecture, source, ...image } = config.workload.image;
      const name = imageReference(image);
      const lines = outcome === null ? [name] : [`${name} ${OUTCOMES[outcome]}`];
      const result = { image: name, source, architecture, outcome };
      for (const line of json ? [JSON.stringify(result, null, 2)] : lines) terminal.print(line);
      return 0;
    };
    if (out !== undefined) writeFiles(resolve(out), terminal.printError);
    if (!local) {
      const { CDK_DEFAULT_ACCOUNT: account } = surroundings.machine.environment;
      return report(withBuiltImage(loadEnvironment(env, {}, account)), null);
    }
    return await interruptible(terminal, 'what is not pushed will be built again', () =>
      withCloud({ env }, terminal, surroundings, async ({ aws, config, machine, say, signal }) => {
        const built = withBuiltImage(config);
        const props = { program: engine, environment: machine.environment, signal, say };
        return report(built, await pushImage(built.workload.image, { aws, engine: props }));
      }),
    );
  },
});

const OUTCOMES = { present: 'is in the registry already', pushed: 'was built and pushed' } as const;

function writeFiles(folder: string, say: (line: string) => void): void {
  mkdirSync(folder, { recursive: true });
  writeImageFiles(folder);
  say(
    `${imageFiles()
      .map(({ name }) => name)
      .join(', ')} are in ${folder}`,
  );
}

if (require.main === module) {
  const machine = {
    environment: process.env,
    home: homedir(),
    root: process.cwd(),
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
  run((argv, terminal) => main(argv, terminal, { machine, signal: interruptSignal() }));
}
