import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultTools } from './fault';

/** How the provider answers without a fault: quickly, and streams take 200 ms. */
export const USUAL_BEHAVIOUR = 'latency-20-tokens-20-rate-100';

/** A provider that behaves in another way for a while. @param words of `npm run simulate:provider -- --help` */
export function providerBehaving(words: string): (tools: FaultTools) => Fault {
  return ({ platform, holdMs, signal }) => {
    const behave = async (behaviour: string) => {
      const answer = await fetch(`${platform.addresses.provider}/simulated/behaviour`, {
        method: 'PUT',
        body: JSON.stringify({ words: behaviour }),
      });
      if (!answer.ok)
        throw new Error(`the provider refuses to behave like ${behaviour}: ${await answer.text()}`);
    };
    return {
      begin: async () => {
        await behave(words);
        await sleep(holdMs, undefined, { signal });
      },
      repair: () => behave(USUAL_BEHAVIOUR),
    };
  };
}
