#!/usr/bin/env node
/** `npm run simulate:provider`: the simulated provider as a server of its own. */
import { once } from 'node:events';
import { SimulatedProvider } from '../service/local/simulated-provider';
import { BehaviourError, parseBehaviour, WORDS } from '../service/local/simulation/behaviour';
import { command, run, UsageError } from './cli/command';
import { wholeNumber } from './cli/option-values';

const HELP = `Runs a provider that speaks the wire formats of OpenAI and Anthropic, on this machine only.

Usage: npm run simulate:provider -- [options]

  --port <n>            port to listen on; 0 for any free one (default: 4010)
  --behaviour <words>   how it answers, such as latency-250-tokens-100 (default: 16 tokens at once)
  --seed <n>            the same seed and calls give the same answers (default: 1)
  --key <key>           the one key to accept (default: every key, and none)
  --json                print the address as JSON
  --help                print this

It serves POST /v1/chat/completions, /v1/responses, /v1/embeddings, /v1/messages, /v1/messages/count_tokens,
GET /v1/models, and GET and DELETE /simulated/calls for the calls that it received.

A call asks for a behaviour of its own by its model's name (sim-latency-250, gpt-4o-mini-sim-cut-3) or by the header
x-simulate. Words:

${Object.entries(WORDS)
  .map(
    ([
      word,
      {
        help: [numbers, meaning],
      },
    ]) => `  ${[word, numbers].filter(Boolean).join('-').padEnd(38)}${meaning}`,
  )
  .join('\n')}

Exit codes: 0 stopped by Ctrl-C, 1 a wrong option, or the port is taken.`;

export const main = command({
  help: HELP,
  options: {
    port: { type: 'string', default: '4010' },
    behaviour: { type: 'string' },
    seed: { type: 'string', default: '1' },
    key: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ port, behaviour, seed, key, json }, { print }, stop?: AbortSignal) => {
    const provider = new SimulatedProvider({
      now: () => new Date(),
      seed: wholeNumber('seed', seed, { least: 0, most: 2 ** 31 }),
      behaviour: behaviour === undefined ? {} : parsed(behaviour),
      key,
    });
    await listen(provider, wholeNumber('port', port, { least: 0, most: 65_535 }));
    const { url } = provider;
    print(json ? JSON.stringify({ url }) : `Simulated provider: ${url} (OpenAI's base URL: ${url}/v1)`);
    await (stop === undefined ? once(process, 'SIGINT') : once(stop, 'abort'));
    await provider.close();
    return 0;
  },
});

function parsed(behaviour: string) {
  try {
    return parseBehaviour(behaviour);
  } catch (error) {
    if (error instanceof BehaviourError)
      throw new UsageError(`--behaviour: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws UsageError where the port is taken or not allowed */
async function listen(provider: SimulatedProvider, port: number): Promise<void> {
  try {
    await provider.listen(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--port must be a free port, got ${port} (${code})`, { cause: error });
  }
}

if (require.main === module) run(main);
