import type { WorkloadSettings } from '../constants';
import { type GateVerdict, gate } from '../decision/gate';
import type { EventWindow } from '../decision/planned-events';
import { Forecaster } from '../model/forecaster';
import type { LoadHistory } from '../model/load-history';
import { BIN_MINUTES, type StoredHistory } from '../state/stored-history';
import type { Forecast } from '../types';
import { forecasterOptions, isFiniteForecast, noForecast, trainingMinuteOf } from './forecaster-options';
import { dataEvidence, forecastEvidence, NOT_SCORED } from './gate-evidence';
import { modelHistory } from './model-history';

/** Forecast of a workload's load, and how far it can be trusted. */
export interface WorkloadForecast {
  /** Loads that the models read. */
  readonly history: LoadHistory;
  /** Without horizons if there is no forecast. */
  readonly forecast: Forecast;
  /** Forecasts of the last days, oldest first. */
  readonly past: readonly Forecast[];
  /** Whether the forecast may set the floor. */
  readonly gate: GateVerdict;
  /** Weight of each expert, by horizon in minutes and by name. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Models to store; undefined: the next run creates new ones. */
  readonly models: Uint8Array | undefined;
}

/** Inputs of a workload's forecast. */
export interface WorkloadForecastInput {
  /** Settings of the workload. */
  readonly settings: WorkloadSettings;
  /** Loads of the last 15 days. */
  readonly loads: StoredHistory;
  /** Planned events; training may exclude some of them. */
  readonly events: readonly EventWindow[];
  /** Stored models; undefined for a new workload. */
  readonly models: Uint8Array | undefined;
  /** Moment of the forecast, minutes since 1970-01-01 UTC; a multiple of 5. */
  readonly originMinute: number;
  /** Whether models may be trained if they need it. */
  readonly mayTrain: boolean;
}

/** Forecasts the load and evaluates the forecast. Models are trained only if there are enough data. */
export function forecastWorkload(input: WorkloadForecastInput): WorkloadForecast {
  const { events, loads, models, originMinute, settings } = input;
  const history = modelHistory(loads, events, originMinute, trainingMinuteOf(settings.name));
  const data = dataEvidence(loads, originMinute);
  const untrained = gate({ ...data, ...NOT_SCORED, forecast: 'untrained' }, true);
  // The gate checks the data first, so this reason means that the data passed.
  const hasEnoughData = untrained.reason === 'waiting-for-training';
  const forecaster = readModels(settings, models) ?? new Forecaster(forecasterOptions(settings));
  if (forecaster.needsTraining(history, originMinute) && !(hasEnoughData && input.mayTrain)) {
    return { history, forecast: noForecast(originMinute), past: [], gate: untrained, weights: {}, models };
  }
  const forecast = forecaster.forecast(history, originMinute);
  const past = forecaster.pastForecasts(history, originMinute);
  const isUsable = isFiniteForecast(forecast);
  const evidence = { ...data, ...forecastEvidence(past, history, originMinute) };
  const verdict = gate({ ...evidence, forecast: isUsable ? 'known' : 'unknown' }, true);
  if (!isUsable) {
    // With enough data a forecast that is not finite means broken models, which are discarded. Without, they are kept.
    const keptModels = hasEnoughData ? undefined : models;
    return {
      history,
      forecast: noForecast(originMinute),
      past: [],
      gate: verdict,
      weights: {},
      models: keptModels,
    };
  }
  return {
    history,
    forecast,
    past,
    gate: verdict,
    weights: weightsOf(forecaster),
    models: forecaster.save(),
  };
}

/** Whether the stored models can forecast without training. */
export function areModelsReady({
  events,
  loads,
  models,
  originMinute,
  settings,
}: Omit<WorkloadForecastInput, 'mayTrain'>): boolean {
  const forecaster = readModels(settings, models);
  if (!forecaster) return false;
  const history = modelHistory(loads, events, originMinute, trainingMinuteOf(settings.name));
  return !forecaster.needsTraining(history, originMinute);
}

/** Weights by horizon in minutes; the forecaster's are by horizon in bins. */
function weightsOf(forecaster: Forecaster): WorkloadForecast['weights'] {
  const byBins = Object.entries(forecaster.weights());
  return Object.fromEntries(byBins.map(([bins, weights]) => [String(Number(bins) * BIN_MINUTES), weights]));
}

function readModels(settings: WorkloadSettings, models: Uint8Array | undefined): Forecaster | undefined {
  return models && Forecaster.load(forecasterOptions(settings), models);
}
