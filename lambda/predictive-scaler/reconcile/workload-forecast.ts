import type { WorkloadSettings } from '../constants';
import { type GateVerdict, gate } from '../decision/gate';
import type { EventWindow } from '../decision/planned-events';
import { Forecaster } from '../model/forecaster';
import type { LoadHistory } from '../model/load-history';
import { BIN_MINUTES, type StoredHistory } from '../state/stored-history';
import type { Forecast } from '../types';
import { forecasterOptions, isKnown, noForecast, trainingMinuteOf } from './forecaster-options';
import { dataEvidence, forecastEvidence, NOT_SCORED } from './gate-evidence';
import { modelHistory } from './model-history';

/** What is known of the load to come, and what that is worth. */
export interface WorkloadForecast {
  readonly history: LoadHistory;
  /** Without horizons where nothing is forecast. */
  readonly forecast: Forecast;
  /** Forecasts of the last days, oldest first. */
  readonly past: readonly Forecast[];
  readonly gate: GateVerdict;
  /** Weight of each expert by horizon, minutes, and name. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Models to keep; undefined: they are made afresh next time. */
  readonly models: Uint8Array | undefined;
}

export interface WorkloadForecastInput {
  readonly settings: WorkloadSettings;
  readonly loads: StoredHistory;
  readonly events: readonly EventWindow[];
  /** Models as they were kept. */
  readonly models: Uint8Array | undefined;
  /** A multiple of five minutes. */
  readonly originMinute: number;
  /** Whether there is time to train models, should they need it. */
  readonly mayTrain: boolean;
}

/** Forecasts, and judges what the forecast is worth. Models are trained on good data only. */
export function forecastWorkload(input: WorkloadForecastInput): WorkloadForecast {
  const { events, loads, models, originMinute, settings } = input;
  const history = modelHistory(loads, events, originMinute, trainingMinuteOf(settings.name));
  const data = dataEvidence(loads, originMinute);
  const untrained = gate({ ...data, ...NOT_SCORED, forecast: 'untrained' }, true);
  const areDataGood = untrained.reason === 'waiting-for-training';
  const forecaster = readModels(settings, models) ?? new Forecaster(forecasterOptions(settings));
  if (forecaster.needsTraining(history, originMinute) && !(areDataGood && input.mayTrain)) {
    return { history, forecast: noForecast(originMinute), past: [], gate: untrained, weights: {}, models };
  }
  const forecast = forecaster.forecast(history, originMinute);
  const past = forecaster.pastForecasts(history, originMinute);
  const isNumber = isKnown(forecast);
  const evidence = { ...data, ...forecastEvidence(past, history, originMinute) };
  const verdict = gate({ ...evidence, forecast: isNumber ? 'known' : 'unknown' }, true);
  if (!isNumber) {
    // Models that make no number of good data are broken; without data there is nothing to make one of.
    const kept = areDataGood ? undefined : models;
    return {
      history,
      forecast: noForecast(originMinute),
      past: [],
      gate: verdict,
      weights: {},
      models: kept,
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

/** Whether the models as they were kept can forecast at once. */
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

/** The forecaster counts in bins. */
function weightsOf(forecaster: Forecaster): WorkloadForecast['weights'] {
  const byBins = Object.entries(forecaster.weights());
  return Object.fromEntries(byBins.map(([bins, weights]) => [String(Number(bins) * BIN_MINUTES), weights]));
}

function readModels(settings: WorkloadSettings, models: Uint8Array | undefined): Forecaster | undefined {
  return models && Forecaster.load(forecasterOptions(settings), models);
}
