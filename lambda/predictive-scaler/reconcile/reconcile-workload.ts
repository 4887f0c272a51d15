import type { WorkloadSettings } from '../constants';
import { type EventWindow, eventWindow } from '../decision/planned-events';
import { applyFloor } from '../hpa/apply-floor';
import { leaseEndOf } from '../hpa/floor-lease';
import type { HpaSnapshot } from '../hpa/hpa-client';
import { type LoadsOrFailure, MetricsFailure } from '../metrics/metrics-source';
import { type LoadedState, loadState } from '../state/load-state';
import { mergeHistory } from '../state/stored-history';
import { encodeState, sourceOf, type WorkloadState } from '../state/workload-state';
import type { WorkloadReport } from '../telemetry/run-report';
import { classifyError } from './classify-error';
import { decideFloor, type FloorDecision } from './decide-floor';
import { decisionRecord } from './decision-record';
import { catchUp } from './measure-loads';
import { hpaRefOf, readHpa } from './read-hpa';
import { isDecided, repeatDecision } from './repeat-decision';
import type { Deferred, Run, Training } from './run';
import { areModelsReady, forecastWorkload } from './workload-forecast';

/**
 * Reconciles one workload: loads the state, measures, forecasts, decides, saves the decision and applies it.
 * @param recent loads of the last hours
 * @throws {CallError} where the HPA or the state cannot be read or saved
 * @throws {Refusal} where the HPA's floor cannot be set
 */
export async function reconcileWorkload(
  settings: WorkloadSettings,
  recent: LoadsOrFailure,
  run: Run,
  training: Training,
): Promise<WorkloadReport | Deferred> {
  const loaded = await loadState(run.stateStore, settings);
  const { state } = loaded;
  if (isDecided(state?.decision, settings, run)) return repeatDecision(settings, state.decision, run);
  const events = settings.events.map(eventWindow);
  if (training === 'defer' && !canForecast(settings, state, events, run)) {
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
  const floor = decideFloor({ settings, workloadForecast, hpa, events, state, run });
  const next: WorkloadState = {
    source: sourceOf(settings),
    loads,
    measuredUntil: measured instanceof MetricsFailure ? measuredUntil(state) : run.nowMinute,
    goodMinute: floor.lastDataMinute,
    waitingSince:
      workloadForecast.gate.reason === 'waiting-for-training'
        ? (state?.waitingSince ?? run.nowMinute)
        : undefined,
    decision: storedDecision(settings, floor, run),
    models: workloadForecast.models,
  };
  const report = await saveAndApply({ settings, next, etag: loaded.etag, floor, hpa, run });
  if (report.outcome === 'outrun') return report;
  const problem =
    report.problem ?? (measured instanceof MetricsFailure ? classifyError(measured) : undefined);
  const record = decisionRecord({ settings, workloadForecast, floor, hpa, run, rebuilt: loaded.rebuilt });
  return { ...report, ...(problem && { problem }), record };
}

/** Whether the stored models can forecast without training. */
function canForecast(
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

/** A decision to save and apply. */
interface DecidedWorkload {
  readonly settings: WorkloadSettings;
  /** State with the decision. */
  readonly next: WorkloadState;
  /** Version of the state that was loaded; undefined where there was none. */
  readonly etag: LoadedState['etag'];
  readonly floor: FloorDecision;
  readonly hpa: HpaSnapshot;
  readonly run: Run;
}

/** Saves the decision, then applies its floor. Of two concurrent runs only the one that saves first applies a floor. */
async function saveAndApply({
  settings,
  next,
  etag,
  floor: { decision, isLapsing, leaseEndMinute },
  hpa,
  run,
}: DecidedWorkload): Promise<WorkloadReport> {
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
    const outcome = await applyFloor(run.hpaClient, hpaRefOf(settings), hpa, lease, options);
    if (outcome === 'applied') return { ...before, outcome, leaseEndMinute };
    return outcome === 'dry-run' ? { ...before, outcome } : { ...before, outcome, leaseEndMinute: undefined };
  } catch (error) {
    return { ...before, outcome: 'failed', problem: classifyError(error) };
  }
}
