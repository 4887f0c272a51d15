import type { WorkloadSettings } from '../constants';
import { type EventWindow, eventWindow } from '../decision/planned-events';
import { applyFloor } from '../hpa/apply-floor';
import { leaseEndOf } from '../hpa/floor-lease';
import type { HpaSnapshot } from '../hpa/hpa-client';
import { MetricsFailure } from '../metrics/metrics-source';
import { type LoadedState, loadState } from '../state/load-state';
import { mergeHistory } from '../state/stored-history';
import { encodeState, sourceOf, type WorkloadState } from '../state/workload-state';
import type { WorkloadReport } from '../telemetry/run-report';
import { classifyError } from './classify-error';
import { decideFloor, type FloorDecision } from './decide-floor';
import { decisionRecord } from './decision-record';
import { catchUp, type Measured } from './measure-loads';
import { readHpa, refOf } from './read-hpa';
import { isDecided, repeatDecision } from './repeat-decision';
import type { Deferred, Run, Training } from './run';
import { areModelsReady, forecastWorkload } from './workload-forecast';

/**
 * One workload of one run: load the state, measure, forecast, decide, claim the slot, act.
 * @param recent its last hours
 * @throws {CallError} @throws {Refusal} where nothing could be decided or claimed
 */
export async function reconcileWorkload(
  settings: WorkloadSettings,
  recent: Measured,
  run: Run,
  training: Training,
): Promise<WorkloadReport | Deferred> {
  const loaded = await loadState(run.stateStore, settings);
  const { state } = loaded;
  if (isDecided(state?.decision, settings, run)) return repeatDecision(settings, state.decision, run);
  const events = settings.events.map(eventWindow);
  if (training === 'defer' && !hasReadyModels(settings, state, events, run)) {
    return { settings, waitingSince: state?.waitingSince ?? run.nowMinute };
  }
  const hpa = await readHpa(run.hpaClient, settings);
  const measured = await catchUp(settings, recent, state, run);
  const samples = measured instanceof MetricsFailure ? [] : measured;
  const loads = mergeHistory(state?.loads, samples, settings.stepMinutes, run.originMinute);
  const workloadForecast = forecastWorkload({
    settings,
    loads,
    events,
    models: state?.models,
    originMinute: run.originMinute,
    mayTrain: training === 'now',
  });
  const floor = decideFloor(settings, workloadForecast, hpa, events, state, run);
  const next: WorkloadState = {
    source: sourceOf(settings),
    loads,
    measuredUntil: measured instanceof MetricsFailure ? measuredUntil(state) : run.nowMinute,
    goodMinute: floor.goodMinute,
    waitingSince:
      workloadForecast.gate.reason === 'waiting-for-training'
        ? (state?.waitingSince ?? run.nowMinute)
        : undefined,
    decision: storedDecision(settings, floor, run),
    models: workloadForecast.models,
  };
  const report = await claimAndAct(settings, next, loaded, floor, hpa, run);
  if (report.outcome === 'outrun') return report;
  const problem =
    report.problem ?? (measured instanceof MetricsFailure ? classifyError(measured) : undefined);
  const record = decisionRecord({ settings, workloadForecast, floor, hpa, run, rebuilt: loaded.rebuilt });
  return { ...report, ...(problem && { problem }), record };
}

function hasReadyModels(
  settings: WorkloadSettings,
  state: WorkloadState | undefined,
  events: readonly EventWindow[],
  { originMinute }: Run,
): boolean {
  if (!state) return false;
  const loads = mergeHistory(state.loads, [], settings.stepMinutes, originMinute);
  return areModelsReady({ settings, loads, events, models: state.models, originMinute });
}

function measuredUntil(state: WorkloadState | undefined): number {
  return state?.measuredUntil ?? Number.NEGATIVE_INFINITY;
}

function storedDecision(
  { baseMinReplicas, mode }: WorkloadSettings,
  { decision, leaseEndMinute }: FloorDecision,
  { runId, slotMinute }: Run,
): WorkloadState['decision'] {
  return {
    slotMinute,
    runId,
    mode,
    floor: decision.minReplicas,
    base: baseMinReplicas,
    leaseEndMinute,
    reason: decision.reason,
    recentlyWanted: decision.state.recentlyWanted,
  };
}

/** Whoever saves the decision first acts on it. */
async function claimAndAct(
  settings: WorkloadSettings,
  next: WorkloadState,
  { etag }: LoadedState,
  { decision, isLapsing, leaseEndMinute }: FloorDecision,
  hpa: HpaSnapshot,
  run: Run,
): Promise<WorkloadReport> {
  const workload = settings.name;
  const before = { workload, message: decision.message, leaseEndMinute: leaseEndOf(hpa) };
  if ((await run.stateStore.save(workload, encodeState(next), etag)) === 'conflict') {
    return { ...before, outcome: 'outrun', message: 'another run decided on this slot at the same time' };
  }
  if (isLapsing) return { ...before, outcome: 'lapsing' };
  const lease = {
    floor: decision.minReplicas,
    base: settings.baseMinReplicas,
    endMinute: leaseEndMinute,
    runId: run.runId,
    reason: decision.reason,
  };
  try {
    const options = { dryRun: settings.mode === 'forecast-only' };
    const outcome = await applyFloor(run.hpaClient, refOf(settings), hpa, lease, options);
    if (outcome === 'applied') return { ...before, outcome, leaseEndMinute };
    return outcome === 'dry-run' ? { ...before, outcome } : { ...before, outcome, leaseEndMinute: undefined };
  } catch (error) {
    return { ...before, outcome: 'failed', problem: classifyError(error) };
  }
}
