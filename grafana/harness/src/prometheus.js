// In place of Grafana's Prometheus data source, half of which is in its server: asks a real Prometheus
// and makes data frames of the answers.
import { DataSourceApi, dateTime, rangeUtil } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { events } from './annotations.js';
import { asSeries, asTable, named } from './frames.js';

export const log = []; // every query that was sent, as it was sent
export const traffic = { pending: 0 };

// The value of a variable of several values stands in a regular expression in a string of PromQL.
const pattern = (value) =>
  [...String(value)].map((c) => ('\\^$.|?*+()[]{}'.includes(c) ? `\\${c}` : c)).join('');
const literal = (value) => String(value).split('\\').join('\\\\').split('"').join('\\"');

export function inQuery(value, variable) {
  if (!variable?.multi && !variable?.includeAll) {
    return literal(value);
  }
  const all = [value].flat().map((each) => literal(pattern(each)));
  return all.length === 1 ? all[0] : `(${all.join('|')})`;
}

const seconds = (ms) => `${Math.round(ms / 1000)}s`;

export class Prometheus extends DataSourceApi {
  constructor(settings, url) {
    super(settings);
    this.instanceSettings = settings;
    this.url = url;
    this.interval = settings.jsonData.timeInterval;
    this.annotations = {
      prepareAnnotation: (annotation) => annotation,
      prepareQuery: (annotation) => ({
        expr: annotation.expr,
        interval: annotation.step ?? '60s',
        annotation: annotation.name,
      }),
      processEvents: events,
    };
  }

  async ask(path, params) {
    traffic.pending += 1;
    try {
      const answer = await (await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(params)}`)).json();
      if (answer.status !== 'success') {
        throw new Error(`${answer.errorType}: ${answer.error}`);
      }
      return answer.data;
    } finally {
      traffic.pending -= 1;
    }
  }

  async query(request) {
    const data = [];
    const errors = [];
    const targets = request.targets.filter((target) => !target.hide && target.expr);
    const answers = await Promise.all(targets.map((target) => this.answer(target, request, errors)));
    const tables = answers.filter((it) => it?.target.format === 'table' && it.series.length).length;
    for (const it of answers.filter(Boolean)) {
      data.push(...(it.target.format === 'table' ? asTable(it, tables > 1) : asSeries(it)));
    }
    return { data, errors };
  }

  async answer(target, request, errors) {
    const { expr, legendFormat, step, from, to } = this.prepared(target, request);
    const entry = { refId: target.refId, annotation: target.annotation, expr };
    log.push(entry);
    try {
      const series = await (target.instant ? this.now(expr, to) : this.range(expr, from, to, step));
      entry.series = series.length;
      return { target, legendFormat, series, expr, step };
    } catch (error) {
      entry.error = error.message;
      errors.push({ refId: target.refId, message: error.message });
      return undefined;
    }
  }

  prepared(target, request) {
    const from = request.range.from.valueOf();
    const to = request.range.to.valueOf();
    const own = target.interval && !target.interval.includes('$') ? target.interval : this.interval;
    const scrape = rangeUtil.intervalToMs(own);
    const step = Math.max(request.intervalMs, scrape, Math.ceil((to - from) / 11_000_000) * 1000);
    const values = {
      __interval: seconds(step),
      __interval_ms: step,
      __rate_interval: seconds(Math.max(step + scrape, 4 * scrape)),
      __range: seconds(to - from),
      __range_s: Math.round((to - from) / 1000),
      __range_ms: to - from,
    };
    const scoped = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
    const scene = request.scopedVars.__sceneObject.value.valueOf();
    const filled = (text, format) =>
      sceneGraph.interpolate(scene, text, { ...request.scopedVars, ...scoped }, format);
    return {
      expr: filled(target.expr, inQuery),
      legendFormat: filled(target.legendFormat ?? ''),
      step,
      from,
      to,
    };
  }

  async now(expr, to) {
    const { resultType, result } = await this.ask('query', { query: expr, time: to / 1000 });
    return resultType === 'scalar' ? [{ metric: {}, value: result }] : result;
  }

  // Grafana's server moves both ends to multiples of the step.
  async range(expr, from, to, step) {
    const aligned = (ms) => (Math.floor(ms / step) * step) / 1000;
    const params = { query: expr, start: aligned(from), end: aligned(to), step: step / 1000 };
    return (await this.ask('query_range', params)).result;
  }

  async metricFindQuery(query, options) {
    const scene = options?.scopedVars?.__sceneObject?.value?.valueOf();
    const text = query.query ?? query;
    const expr = scene ? sceneGraph.interpolate(scene, text, options.scopedVars, inQuery) : text;
    const range = options?.range ?? { from: dateTime().subtract(6, 'h'), to: dateTime() };
    const values = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/.exec(expr);
    if (values) {
      return this.labelValues(expr, values[1], values[2], range);
    }
    const result = /^query_result\((.+)\)\s*$/.exec(expr);
    if (!result) {
      throw new Error(`expected label_values(...) or query_result(...), not ${expr}`);
    }
    const series = await this.now(result[1], range.to.valueOf());
    log.push({ variable: expr, series: series.length });
    return series.map(({ metric, value }) => ({ text: `${named(metric)} ${value[1]} ${value[0] * 1000}` }));
  }

  async labelValues(expr, selector, label, range) {
    const params = { start: range.from.valueOf() / 1000, end: range.to.valueOf() / 1000 };
    const found = await this.ask(
      `label/${label}/values`,
      selector ? { ...params, 'match[]': selector } : params
    );
    log.push({ variable: expr, series: found.length });
    return found.map((text) => ({ text }));
  }

  async getTagKeys() {
    return [];
  }

  async testDatasource() {
    return { status: 'success' };
  }
}
