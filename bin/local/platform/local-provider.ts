import { providerProcess } from '../provider-process';
import { type GatewaySettings, gatewaySettings } from './provider-settings';
import type { StartTools } from './start-tools';

/** The provider that the gateway calls. */
export interface CalledProvider {
  /** What the gateway is configured with. */
  readonly gateway: GatewaySettings;
  /** Its origin; null for real ones. */
  readonly url: string | null;
}

/** Starts the simulated provider where it is the one that the gateway calls. */
export async function startProvider({ props, ports, owner, processes }: StartTools): Promise<CalledProvider> {
  const { provider, signal } = props;
  if (provider.kind !== 'simulated') {
    const url = provider.kind === 'upstream' ? provider.url : null;
    return { gateway: gatewaySettings(provider, null), url };
  }
  const port = await ports.of('provider');
  const { behaviour } = provider;
  const simulated = providerProcess({ port, behaviour, environment: {}, ...owner.hooks('provider') });
  processes.backends.add(simulated);
  await simulated.start(signal);
  const url = `http://127.0.0.1:${port}`;
  return { gateway: gatewaySettings(provider, url), url };
}
