const STEPS = [
  { from: 1e9, suffix: ' G' },
  { from: 1e6, suffix: ' M' },
  { from: 1e4, suffix: ' k', divisor: 1e3 },
] as const;

/** A number for a person: three digits or so, with k, M or G for large ones. */
export function formatValue(value: number): string {
  const step = STEPS.find(({ from }) => Math.abs(value) >= from);
  if (step === undefined) return digits(value);
  return `${digits(value / ('divisor' in step ? step.divisor : step.from))}${step.suffix}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 1 ? 1 : size >= 0.1 ? 2 : 3)));
}
