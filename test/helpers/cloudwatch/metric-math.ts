/** A value for each period; undefined where there is none. */
export type Series = readonly (number | undefined)[];

type Value = Series | number | readonly Series[];

/**
 * The part of CloudWatch's metric math that the alarms use: numbers, `+ - * /`, comparisons (1 or 0), `IF`, `FILL`,
 * `MAX`, `MIN`, `AVG` and `SUM` of lists and of `METRICS()`, `PERIOD`. A missing value makes a missing value, and so
 * does a division by zero.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * @param series of the metrics by their ids, all of one length
 * @throws Error on anything else
 */
export function evaluate(
  expression: string,
  series: Readonly<Record<string, Series>>,
  periodSeconds: number,
): Series {
  const length = Object.values(series)[0]?.length ?? 0;
  const parser = new Parser(expression, series, periodSeconds, length);
  return parser.result();
}

const TOKEN = /\s*(>=|<=|==|[-+*/()[\],<>]|\d+(?:\.\d+)?|[A-Za-z_]\w*)/y;

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? undefined : a / b),
  '>=': (a, b) => Number(a >= b),
  '<=': (a, b) => Number(a <= b),
  '==': (a, b) => Number(a === b),
  '>': (a, b) => Number(a > b),
  '<': (a, b) => Number(a < b),
};

const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

class Parser {
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(
    private readonly expression: string,
    private readonly series: Readonly<Record<string, Series>>,
    private readonly periodSeconds: number,
    private readonly length: number,
  ) {
    this.tokens = tokensOf(expression);
  }

  result(): Series {
    const value = this.comparison();
    if (this.position < this.tokens.length) throw this.unexpected();
    return this.single(value);
  }

  private comparison(): Value {
    return this.binary(['>=', '<=', '==', '>', '<'], () => this.sum());
  }

  private sum(): Value {
    return this.binary(['+', '-'], () => this.product());
  }

  private product(): Value {
    return this.binary(['*', '/'], () => this.term());
  }

  private binary(symbols: readonly string[], operand: () => Value): Value {
    let left = operand();
    for (let symbol = this.peek(); symbol !== undefined && symbols.includes(symbol); symbol = this.peek()) {
      this.position += 1;
      const operator = OPERATORS[symbol] as (a: number, b: number) => number | undefined;
      const [a, b] = [this.single(left), this.single(operand())];
      left = a.map((value, index) => {
        const other = b[index];
        return value === undefined || other === undefined ? undefined : operator(value, other);
      });
    }
    return left;
  }

  private term(): Value {
    const token = this.next();
    if (token === '(') return this.closed(this.comparison(), ')');
    if (token === '[') return this.list(']').map((value) => this.single(value));
    if (/^\d/.test(token)) return Number(token);
    if (this.peek() === '(') return this.call(token);
    const series = this.series[token];
    if (series === undefined) throw new Error(`${this.expression}: no metric ${token}`);
    return series;
  }

  private call(name: string): Value {
    if (name === 'PERIOD') {
      this.callArguments();
      return this.periodSeconds;
    }
    const values = this.callArguments();
    if (name === 'METRICS') return Object.values(this.series);
    if (name === 'FILL') return this.fill(values);
    if (name === 'IF') return this.choose(values);
    const reduce = REDUCERS[name];
    if (reduce === undefined) throw new Error(`${this.expression}: unknown function ${name}`);
    return this.reduce(reduce, values[0] as readonly Series[]);
  }

  private fill([series, filler]: readonly Value[]): Value {
    const filled = (one: Series) => one.map((value) => value ?? (filler as number));
    return isList(series as Value)
      ? (series as readonly Series[]).map(filled)
      : filled(this.single(series as Value));
  }

  private choose([condition, yes, no]: readonly Value[]): Series {
    const [good, bad] = [this.single(yes as Value), this.single(no as Value)];
    return this.single(condition as Value).map((value, index) =>
      value === undefined ? undefined : value !== 0 ? good[index] : bad[index],
    );
  }

  /** Of the values that are there, period by period. */
  private reduce(reduce: (values: readonly number[]) => number, list: readonly Series[]): Series {
    return Array.from({ length: this.length }, (_, index) => {
      const values = list.map((series) => series[index]).filter((value) => value !== undefined);
      return values.length === 0 ? undefined : reduce(values);
    });
  }

  private callArguments(): readonly Value[] {
    this.expect('(');
    return this.list(')');
  }

  private list(end: string): Value[] {
    const values: Value[] = [];
    while (this.peek() !== end) {
      values.push(this.comparison());
      if (this.peek() === ',') this.position += 1;
    }
    this.expect(end);
    return values;
  }

  private single(value: Value): Series {
    if (typeof value === 'number') return Array<number>(this.length).fill(value);
    if (isList(value)) throw new Error(`${this.expression}: several series where one is needed`);
    return value as Series;
  }

  private closed(value: Value, token: string): Value {
    this.expect(token);
    return value;
  }

  private expect(token: string): void {
    if (this.next() !== token) throw this.unexpected();
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private next(): string {
    const token = this.peek();
    if (token === undefined) throw this.unexpected();
    this.position += 1;
    return token;
  }

  private unexpected(): Error {
    return new Error(`${this.expression}: unexpected ${this.peek() ?? 'end'} at token ${this.position}`);
  }
}

function isList(value: Value): value is readonly Series[] {
  return typeof value !== 'number' && Array.isArray(value[0]);
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (match === null) throw new Error(`${expression}: unexpected ${expression.slice(start)}`);
    tokens.push(String(match[1]));
  }
  return tokens;
}
