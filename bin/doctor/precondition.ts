import { environments } from '../../lib/config/environments';
import { readCaller } from '../aws/caller';
import type { CloudContext } from '../cloud/machine';
import type { Precondition } from '../deploy/preflight';
import { ACCOUNT_CHECKS, LOCAL_CHECKS } from './checks';
import { addOns } from './checks/add-ons';
import type { Surroundings } from './context';
import { accountContext, runChecks } from './run-checks';

/**
 * What a deployment sees to itself: it waits for stacks and deletes those that were never created, says why pods wait
 * for an image, and may reach the cluster by a kubeconfig.
 */
const OWN = ['bootstrap', 'stacks', 'image', 'kubernetes-api'];

/** The doctor as a precondition of a deployment: what is unknown or can be done later does not stop it. */
export function doctorPrecondition(surroundings: Surroundings): Precondition {
  return {
    name: 'doctor',
    check: async ({ aws, config, say }: CloudContext) => {
      const input = environments[config.environment] ?? {};
      const local = { config, input, surroundings };
      const caller = await readCaller(aws, config.region);
      const checks = ACCOUNT_CHECKS.filter(({ name }) => !OWN.includes(name));
      const findings = [
        ...(await runChecks(LOCAL_CHECKS, local, say)),
        ...(await runChecks(checks, await accountContext(aws, local, caller), say)),
      ];
      for (const { check, message, remedy, status } of findings) {
        if (check === addOns.name && status === 'later') say(`${message}: ${remedy}`);
      }
      return findings
        .filter(({ status }) => status === 'problem')
        .map(({ check, message, remedy }) => `${check}: ${message} -> ${remedy}`);
    },
  };
}
