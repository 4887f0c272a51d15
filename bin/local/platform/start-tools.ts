import type { ResolvedConfig } from '../../../lib/config/environment-config';
import type { StartedProcesses } from './end-platform';
import type { PlatformProps } from './platform-props';
import type { Ports } from './ports';
import type { ProcessOwner } from './process-owner';

/** What every part of a platform is started with. */
export interface StartTools {
  readonly props: PlatformProps;
  /** Settings of the environment. */
  readonly config: ResolvedConfig;
  readonly ports: Ports;
  readonly owner: ProcessOwner;
  /** A part notes its process here before the process starts. */
  readonly processes: StartedProcesses;
}
