import type { TraceReport } from '../../lambda/predictive-scaler/backtest/backtest-trace';
import type { ReplayedForecast, ReplayedMoment } from '../../lambda/predictive-scaler/backtest/replay';

const HEADER = 'trace,origin,horizon_min,point,q50,q90,q95,replicas,hpa_target';

/** Every forecast and decision as a CSV in the format of the forecast benchmark. */
export function predictionsCsv(reports: readonly TraceReport[]): string {
  const rows = reports.flatMap(({ name, moments }) =>
    moments.flatMap((moment) =>
      moment.forecasts.map((forecast, index) => row(name, moment, forecast, index)),
    ),
  );
  return `${[HEADER, ...rows].join('\n')}\n`;
}

function row(
  trace: string,
  { originMinute, decision }: ReplayedMoment,
  { horizonMinutes, point, quantiles }: ReplayedForecast,
  index: number,
): string {
  const decided = index === 0 && decision !== undefined ? [decision.replicas, decision.hpaTarget] : ['', ''];
  const loads = [point, ...quantiles].map(loadText);
  return [field(trace), isoMinute(originMinute), horizonMinutes, ...loads, ...decided].join(',');
}

/** Nine digits: more than any load has. */
function loadText(load: number): string {
  return Number.isNaN(load) ? '' : String(Number(load.toPrecision(9)));
}

/** Quoted where CSV needs it. */
function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function isoMinute(minute: number): string {
  return new Date(minute * 60_000).toISOString().replace('.000Z', 'Z');
}
