import { nodeProblem } from '../../cli/command';
import type { LocalCheck } from '../context';
import { ok, problem } from '../finding';

/** The Node that runs the commands. */
export const node: LocalCheck = {
  name: 'node',
  run: async ({ surroundings: { nodeVersion } }) => {
    const reason = nodeProblem(nodeVersion, 'bin/doctor.ts');
    return [reason === undefined ? ok(`Node ${nodeVersion}`) : problem(reason, 'install Node 24')];
  },
};
