import type {
  HpaOutcome,
  HpaRecommendation,
  WorstMinute,
} from '../../lambda/predictive-scaler/backtest/recommend-hpa';
import type { Table } from '../cli/text-table';
import { isoMinute } from './write-predictions';

/** What the recommended settings save over others; below 0 they need more. */
export interface Saving {
  readonly replicaHours: number;
  readonly percent: number;
  /** In the currency of the price; absent without one. */
  readonly cost?: number;
}

/** @param price of a replica-hour */
export function savingOf({ recommended }: HpaRecommendation, other: HpaOutcome, price?: number): Saving {
  const replicaHours = other.replicaHours - recommended.replicaHours;
  return {
    replicaHours,
    percent: other.replicaHours > 0 ? (100 * replicaHours) / other.replicaHours : 0,
    ...(price !== undefined && { cost: price * replicaHours }),
  };
}

/** What is recommended, on what grounds, and whether it held: a sentence or two each. */
export function recommendationLines(recommendation: HpaRecommendation): string[] {
  const { candidates, chosenFromMinute, scoredFromMinute, endMinute, recommended, given } = recommendation;
  const chosen = `the days from ${momentOf(chosenFromMinute)} to ${momentOf(scoredFromMinute)}`;
  const scored = `the days from ${momentOf(scoredFromMinute)} to ${momentOf(endMinute)} UTC`;
  const better = recommended.cost < given.cost;
  return [
    `Recommended for the HPA: minReplicas ${recommended.minReplicas}, maxReplicas ${recommended.maxReplicas}, target ${percent(recommended.target)} of the capacity of a replica.`,
    `They are the cheapest of ${candidates} settings on ${chosen}, by replicas + 50 x unmet load. The table scores them on ${scored}, which played no part in the choice.`,
    isSame(recommended, given)
      ? 'They are the settings given: keep them.'
      : better
        ? `On those days replicas + 50 x unmet load were ${share(recommended.cost, given.cost)} less than with the settings given.`
        : 'On those days replicas + 50 x unmet load were no less than with the settings given: keep the settings given.',
  ];
}

/** A row for each setting; savings are those of the recommended one. */
export function recommendationTable(recommendation: HpaRecommendation, price?: number): Table {
  const { recommended, given, predictive, seed } = recommendation;
  const head = ['HPA', 'min', 'max', 'target', 'replica-hours', 'saves'];
  const risk = ['short minutes', 'unmet load %', 'worst: ready of needed'];
  const rows: (readonly [string, HpaOutcome])[] = [
    ['recommended', recommended],
    ['given', given],
    ...(predictive ? [['given, with predictive scaling', predictive] as const] : []),
    ...(isSame(given, seed) ? [] : [["seed's", seed] as const]),
  ];
  return [
    [...head, ...(price === undefined ? [] : ['cost', 'saves cost']), ...risk],
    ...rows.map(([name, outcome]) => {
      const saving = savingOf(recommendation, outcome, price);
      const isOther = outcome !== recommended;
      return [
        name === 'given' && isSame(given, seed) ? "given (the seed's)" : name,
        String(outcome.minReplicas),
        String(outcome.maxReplicas),
        percent(outcome.target),
        outcome.replicaHours.toFixed(1),
        isOther ? `${saving.replicaHours.toFixed(1)} (${saving.percent.toFixed(1)} %)` : '',
        ...(price === undefined
          ? []
          : [(price * outcome.replicaHours).toFixed(2), isOther ? (saving.cost ?? 0).toFixed(2) : '']),
        String(outcome.underMinutes),
        outcome.unmetPercent.toFixed(3),
        outcome.worstMinute ? worstText(outcome.worstMinute) : 'none',
      ];
    }),
  ];
}

/** The recommendation as it goes into JSON. */
export function jsonHpaRecommendation(recommendation: HpaRecommendation, price?: number): object {
  const { chosenFromMinute, scoredFromMinute, endMinute, ...rest } = recommendation;
  const saving = (other: HpaOutcome) => savingOf(recommendation, other, price);
  const { given, seed, predictive } = rest;
  return {
    chosenOn: { from: isoMinute(chosenFromMinute), to: isoMinute(scoredFromMinute) },
    scoredOn: { from: isoMinute(scoredFromMinute), to: isoMinute(endMinute) },
    ...rest,
    savings: {
      given: saving(given),
      ...(predictive && { predictive: saving(predictive) }),
      seed: saving(seed),
    },
  };
}

function isSame(one: HpaOutcome, other: HpaOutcome): boolean {
  return (
    one.minReplicas === other.minReplicas &&
    one.maxReplicas === other.maxReplicas &&
    one.target === other.target
  );
}

function worstText({ minute, ready, needed }: WorstMinute): string {
  return `${ready} of ${needed}, ${isoMinute(minute).slice(5, 16).replace('T', ' ')}`;
}

function momentOf(minute: number): string {
  return isoMinute(minute).slice(0, 16).replace('T', ' ');
}

function percent(target: number): string {
  return `${(100 * target).toFixed(0)} %`;
}

function share(cost: number, of: number): string {
  return `${(100 * (1 - cost / of)).toFixed(1)} %`;
}
