#!/usr/bin/env node
/** `npm run doctor`: what must hold before an environment is deployed, checked without changing anything. */
import { environments } from '../lib/config/environments';
import { AwsSession, type AwsSessionProps } from './aws/aws-session';
import { command, run, UsageError } from './cli/command';
import type { Surroundings } from './doctor/context';
import { formatFindings, isReady } from './doctor/format-findings';
import { realSurroundings } from './doctor/real-surroundings';
import { runDoctor } from './doctor/run-doctor';

const HELP = `Checks everything that must hold before an environment is deployed, and changes nothing.

Usage: npm run doctor -- --env <name> [options]

  --env <name>     environment: ${Object.keys(environments).join(', ')}
  --address <ip>   check that the Kubernetes API will admit this IPv4 address
  --json           print the findings as JSON (npm run --silent doctor -- --env dev --json)
  --help           print this

A finding is ok; later (to do when something else is there); unknown (the check could not be made, with the reason);
or a PROBLEM with its remedy. docs/doctor.md describes each check and the rights that it needs.
Exit codes: 0 ready, 1 the call or the configuration is wrong, 2 a problem or something unknown was found.`;

/** Exit code for findings. */
const FOUND = 2;

/** What the command reaches beside its arguments. */
export interface DoctorSurroundings {
  readonly surroundings: Surroundings;
  /** Settings of the clients of AWS. @default - as the SDK finds them */
  readonly aws?: AwsSessionProps;
}

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string' },
    address: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async (
    { address, env, json },
    { print, printError },
    { aws: props, surroundings }: DoctorSurroundings,
  ) => {
    if (env === undefined) throw new UsageError('--env <name> is needed; see --help');
    if (address !== undefined && !/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
      throw new UsageError(`--address must be an IPv4 address such as 198.51.100.7, got ${address}`);
    }
    const aws = new AwsSession(props);
    try {
      const findings = await runDoctor({ environment: env, aws, surroundings, address, say: printError });
      const lines = json
        ? [JSON.stringify({ environment: env, ready: isReady(findings), findings }, null, 2)]
        : formatFindings(env, findings);
      for (const line of lines) print(line);
      return isReady(findings) ? 0 : FOUND;
    } finally {
      aws.close();
    }
  },
});

if (require.main === module) {
  const surroundings = realSurroundings();
  run((argv, terminal) => main(argv, terminal, { surroundings }));
}
