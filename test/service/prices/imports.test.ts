import { readPriceCsv } from '../../../service/prices/import-csv';
import { readLiteLlm } from '../../../service/prices/import-litellm';
import { formatUsd } from '../../../service/prices/money';
import { type PriceRow, SINCE_EVER } from '../../../service/prices/price-row';
import { price } from './price-helpers';

/** A price as `provider model unit tier region >length usd`. */
function shown(row: PriceRow): string {
  const { provider, model, unit, serviceTier, region, aboveInputTokens, usdPerMillion } = row;
  const conditions = [
    serviceTier === 'standard' ? '' : serviceTier,
    region,
    aboveInputTokens ? `>${aboveInputTokens}` : '',
  ];
  const usd = formatUsd(usdPerMillion, 12).replace(/\.?0+$/, '');
  return [provider, model, unit, ...conditions, usd].filter((text) => text !== '').join(' ');
}

describe('a CSV file', () => {
  test('has a price a line, as exact decimals', () => {
    const text = [
      'provider,model,unit,usd_per_million,service_tier,region,above_input_tokens,valid_from,valid_until,project_id',
      'OpenAI,GPT-4o,input,2.10,,,,2026-01-01,,',
      'openai,gpt-4o,output,0.000000000001,batch,eu,200000,2026-01-01T06:00:00+02:00,2027-01-01,00000000-0000-7000-8000-000000000001',
    ].join('\r\n');
    expect(readPriceCsv(`\uFEFF${text}\r\n`)).toEqual({
      rows: [
        price('2.1', {
          provider: 'openai',
          model: 'gpt-4o',
          validFrom: new Date('2026-01-01'),
          source: 'csv',
        }),
        price('0.000000000001', {
          provider: 'openai',
          model: 'gpt-4o',
          unit: 'output',
          serviceTier: 'batch',
          region: 'eu',
          aboveInputTokens: 200_000,
          validFrom: new Date('2026-01-01T04:00:00Z'),
          validUntil: new Date('2027-01-01'),
          source: 'csv',
          projectId: '00000000-0000-7000-8000-000000000001',
        }),
      ],
      problems: [],
      ignored: [],
    });
  });

  test('needs four columns only, in any order', () => {
    expect(readPriceCsv('unit,usd_per_million,model,provider\ninput,1,m,p\n').rows).toEqual([
      price('1', { source: 'csv' }),
    ]);
  });

  test('fails with each line, column, value and rule', () => {
    const text = [
      'provider,model,unit,usd_per_million,above_input_tokens,valid_from,valid_until,project_id',
      ',m,inputs,-1,many,yesterday,,me',
      'p,m,input,1,,2026-02-01,2026-01-01,',
      'p,m,input,1e-13,,,2026-02-30T25:00:00Z,',
    ].join('\n');
    const { rows, problems } = readPriceCsv(text);
    expect(rows).toEqual([]);
    expect(problems).toEqual([
      "line 2: provider must not be empty, got ''",
      expect.stringMatching(/^line 2: unit must be one of input, cached_input, .+, got 'inputs'$/),
      "line 2: usd_per_million must be a decimal number of at least 0 with at most 12 decimals, such as 2.50, got '-1'",
      "line 2: above_input_tokens must be a whole number between 0 and 999999999, got 'many'",
      "line 2: valid_from must be a day or a time with its zone, such as 2026-01-31, got 'yesterday'",
      "line 2: project_id must be the id of a project, got 'me'",
      "line 3: valid_until must be after valid_from, got '2026-01-01'",
      "line 4: usd_per_million must be a decimal number of at least 0 with at most 12 decimals, such as 2.50, got '1e-13'",
      "line 4: valid_until must be a day or a time with its zone, such as 2026-01-31, got '2026-02-30T25:00:00Z'",
    ]);
  });

  test.each([
    ['', ['provider', 'model', 'unit', 'usd_per_million']],
    ['provider,model,unit\np,m,input\n', ['usd_per_million']],
  ])('fails without its columns: %j', (text, missing) => {
    expect(readPriceCsv(text).problems).toEqual(
      missing.map((name) => `column ${name} is missing; the first line names the columns`),
    );
  });

  test('fails with an unknown column, and with a quote that is not closed', () => {
    expect(readPriceCsv('provider,model,unit,usd_per_million,price\n').problems).toEqual([
      expect.stringMatching(/^column 'price' is unknown; the columns are provider, model/),
    ]);
    expect(readPriceCsv('provider,"model\n').problems[0]).toMatch(/^the file is no CSV: /);
  });
});

describe("LiteLLM's list", () => {
  const read = (list: object) => readLiteLlm(JSON.stringify(list));

  test('has prices of single tokens, with tiers, batches and lengths', () => {
    const { rows, problems, ignored } = read({
      sample_spec: { input_cost_per_token: 0 },
      'gemini/gemini-2.5-pro': {
        litellm_provider: 'gemini',
        mode: 'chat',
        max_input_tokens: 1_048_576,
        input_cost_per_token: 1.25e-6,
        input_cost_per_token_above_200k_tokens: 2.5e-6,
        output_cost_per_token: 1e-5,
        output_cost_per_token_above_200k_tokens: 1.5e-5,
        cache_read_input_token_cost: 1.25e-7,
        input_cost_per_token_batches: 6.25e-7,
        input_cost_per_token_priority: 2.5e-6,
        input_cost_per_token_above_200k_tokens_priority: 5e-6,
        supports_vision: true,
      },
    });
    expect([problems, ignored]).toEqual([[], []]);
    expect(rows.map(shown)).toEqual([
      'google gemini-2.5-pro input 1.25',
      'google gemini-2.5-pro input >200000 2.5',
      'google gemini-2.5-pro output 10',
      'google gemini-2.5-pro output >200000 15',
      'google gemini-2.5-pro cached_input 0.125',
      'google gemini-2.5-pro input batch 0.625',
      'google gemini-2.5-pro input priority 2.5',
      'google gemini-2.5-pro input priority >200000 5',
    ]);
    expect(rows[0]).toMatchObject({
      source: 'litellm',
      validFrom: SINCE_EVER,
      validUntil: null,
      projectId: null,
    });
  });

  test('names providers, models and regions in its own way', () => {
    const one = { input_cost_per_token: 3e-6 };
    const { rows, ignored } = read({
      'gpt-4o': { ...one, litellm_provider: 'openai' },
      'azure/eu/gpt-4o': { ...one, litellm_provider: 'azure' },
      'anthropic.claude-v2': { ...one, litellm_provider: 'bedrock' },
      'bedrock/us-gov-west-1/anthropic.claude-v2': { ...one, litellm_provider: 'bedrock' },
      'bedrock/us-east-1/1-month-commitment/anthropic.claude-v2': { ...one, litellm_provider: 'bedrock' },
      'vertex_ai/claude-opus-4': { ...one, litellm_provider: 'vertex_ai-anthropic_models' },
      'openrouter/openai/gpt-4o': { ...one, litellm_provider: 'openrouter' },
      'xai/grok-4': { ...one, litellm_provider: 'xai' },
      'my/model': { ...one, litellm_provider: 'nowhere' },
    });
    expect(rows.map(shown)).toEqual([
      'openai gpt-4o input 3',
      'azure gpt-4o input eu 3',
      'aws anthropic.claude-v2 input 3',
      'aws anthropic.claude-v2 input us-gov-west-1 3',
      'google claude-opus-4 input 3',
      'openrouter openai/gpt-4o input 3',
      'x-ai grok-4 input 3',
      'nowhere my/model input 3',
    ]);
    expect(ignored).toEqual(['models with throughput that is bought by the hour (1 times)']);
  });

  test('has prices of an hour of cache, audio, reasoning, pictures, seconds and pages', () => {
    const { rows } = read({
      m: {
        litellm_provider: 'p',
        cache_creation_input_token_cost: 3.75e-6,
        cache_creation_input_token_cost_above_1hr: 6e-6,
        cache_creation_input_token_cost_above_1hr_above_200k_tokens: 12e-6,
        input_cost_per_audio_token: 4e-5,
        output_cost_per_reasoning_token: 3e-6,
        output_cost_per_image: 0.04,
        input_cost_per_second: 0.0001,
        ocr_cost_per_page: 0.001,
      },
    });
    expect(rows.map(shown)).toEqual([
      'p m cache_write_5m 3.75',
      'p m cache_write_1h 6',
      'p m cache_write_1h >200000 12',
      'p m input_audio 40',
      'p m reasoning 3',
      'p m images 40000',
      'p m audio_seconds 100',
      'p m document_pages 1000',
    ]);
  });

  test('says what it leaves out', () => {
    const { rows, ignored } = read({
      'gemini/g': { litellm_provider: 'gemini', input_cost_per_token: 1e-6 },
      'vertex_ai/g': {
        litellm_provider: 'vertex_ai',
        input_cost_per_token: 2e-6,
        vector_store_cost_per_gb_per_day: 1,
      },
      n: {
        litellm_provider: 'p',
        input_cost_per_token: 'free',
        search_context_cost_per_query: { low: 0.01 },
      },
    });
    expect(rows.map(shown)).toEqual(['google g input 1']);
    expect(ignored).toEqual([
      'field vector_store_cost_per_gb_per_day (1 times)',
      'second price of google/g input (1 times)',
      'field input_cost_per_token (1 times)',
      'field search_context_cost_per_query (1 times)',
    ]);
  });

  test.each(['', '[]', '7', '{"m":'])('fails on what is no list: %j', (text) => {
    expect(readLiteLlm(text).problems).toEqual(['the file must be the JSON object of models of LiteLLM']);
  });

  test('fails without a price', () => {
    expect(read({ m: { litellm_provider: 'p' } }).problems).toEqual([
      'the file has no prices that can be imported',
    ]);
  });
});
