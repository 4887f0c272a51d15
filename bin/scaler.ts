#!/usr/bin/env node
/** `npm run scaler`: the scaler from a laptop, once or beside a local platform, or a recommendation from own traffic. */
import { homedir } from 'node:os';
import { command, run, UsageError } from './cli/command';
import type { Machine } from './scaler/connect';
import { localOptions } from './scaler/local/local-options';
import { type LocalMachine, runLocal } from './scaler/local/run-local';
import { DEFAULT_STATE_DIR, OPTIONS, onceOptions } from './scaler/options';
import { recommendOptions } from './scaler/recommend-options';
import { runOnce } from './scaler/run-once';
import { runRecommend } from './scaler/run-recommend';
import { DEFAULT_FOLDER } from './start/start-options';
import { historyHelp } from './traffic/options';

const HELP = `Runs the predictive scaler once, as the deployed function does: measure, forecast, decide, set the floors.
Or recommends replicas by the same forecast and decision, and changes nothing. Or runs again and again beside a platform
that npm start has started on this machine.

Usage: npm run scaler -- --once --workloads <file> [options]
       npm run scaler -- --recommend --trace <file> [options]
       npm run scaler -- --recommend --workloads <file> [options]
       npm run scaler -- --local [options]

  --once                    run once and end
  --recommend               current and expected load, recommended replicas with the reason, hourly patterns
  --local                   follow the pods of a local platform (npm start -- --pods 3) until Ctrl-C, and hold a floor
                            under its HPA; the floor is released at the end
  --workloads <file>        JSON list of workloads (WorkloadSettings in lambda/predictive-scaler/constants.ts)
  --json                    print the results as JSON (npm run --silent scaler -- … --json)
  --help                    print this

Loads of workloads:
  --metrics <source>        cloudwatch (by the AWS credentials of the environment) or csv (default: cloudwatch)
  --traffic <name>=<file>   history of a workload's load, in the unit of its metric; for csv, once for each workload;
                            CSV or JSON of CloudWatch, Prometheus or Grafana, see docs/traffic-files.md

Cluster; --recommend needs none, and reads the current and the most replicas there if one is named:
  --kubeconfig <file>       (default: the files in KUBECONFIG, else ~/.kube/config, for --once)
  --context <name>          one of its contexts (default: the current one)
  --server <url>            or: https:// address of the Kubernetes API,
  --token-file <file>         a file with a bearer token,
  --ca <file>                 and the API's certificate authority, PEM

With --once:
  --state-dir <dir>         where models are kept between runs (default: ${DEFAULT_STATE_DIR})
  --interval-minutes <n>    time between two runs: a slot is decided once, and floors fall by it (default: 5)
  --lease-minutes <n>       how long a floor stays when no further run renews it (default: 20)
  --dry-run                 have the API server check the floors, and change nothing

With --local; the platform says its capacity and bounds:
  --data <folder>           the platform's folder (default: ${DEFAULT_FOLDER})
  --every <seconds>         time between two runs, 60 to 3600 seconds of the platform's clock (default: 60)
  --history <file>          loads before the platform's own, moved so that they end now: the model needs 7 days;
                            'example' is a made-up wave a day (default: none, the floor waits for 7 days)
  --history-peak <load>     busiest load of the history, requests per second, to which it is scaled
                            (default: as in the file; example: 300)
  --dry-run                 have the API check the floors, and change nothing

With --recommend:
  --replicas <n>            replicas there are now (default: those of the cluster, else unknown)
  --max-replicas <n>        most replicas, where no cluster says it (default: 50)
  --trace <file>            history of one service instead of workloads, steps of 1 or 5 minutes, at least 7 days;
                            the recommendation is for the end of the file
  --capacity <load>         load that a replica serves, in the unit of the file (default: 100)
  --min-replicas <n>        (default: 3)
  --hpa-target <percent>    utilisation that the HPA aims at (default: 70)
  --lead-minutes <n>        from a decision to when its replicas serve (default: 4)

Files of traffic:
  --time-zone <name>        IANA time zone of times that have none, and for --trace of the people who make the load
                            (default: UTC)
${historyHelp(26)}

A floor that is set from here is released by the CronJob in the cluster; the dead man's switch in AWS is left alone.
Training takes some seconds for each workload: in the first run and once a day with --once, always with --recommend.

Exit codes: 0 done for every workload, or ended by Ctrl-C; 1 the call is wrong; 2 a workload had a problem, or the
local platform ended.`;

/** @default this machine's clock and environment */
type MachineOptions = Partial<Omit<Machine, 'home'> & LocalMachine>;

/** @returns exit code */
export const main = command({
  help: HELP,
  options: OPTIONS,
  run: (values, terminal, options?: MachineOptions) => {
    if ([values.once, values.recommend, values.local].filter(Boolean).length !== 1) {
      throw new UsageError('one of --once, --recommend and --local is needed; see --help');
    }
    const { now = Date.now, environment = process.env, cloudWatch } = options ?? {};
    const machine = { now, environment, cloudWatch, home: environment['HOME'] ?? homedir() };
    if (values.local)
      return runLocal(localOptions(values, process.cwd(), DEFAULT_FOLDER), local(options, values), terminal);
    return values.once
      ? runOnce(onceOptions(values), machine, terminal)
      : runRecommend(recommendOptions(values), machine, terminal);
  },
});

function local(
  { now = Date.now, screen, stop }: MachineOptions = {},
  { json }: { readonly json: boolean },
): LocalMachine {
  const isLive = process.stdout.isTTY && !json && stop === undefined;
  return { now, screen: screen ?? (isLive ? process.stdout : undefined), stop };
}

if (require.main === module) run(main);
