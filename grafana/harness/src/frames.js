// Answers of Prometheus as data frames, named as Grafana's data source names them.
import { FieldType } from '@grafana/data';

const WORDS = { NaN: NaN, '+Inf': Infinity, '-Inf': -Infinity };
const number = (text) => WORDS[text] ?? Number(text);
const samples = (series) => series.values ?? [series.value];

export function named(labels) {
  const { __name__: name = '', ...rest } = labels;
  const inner = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return inner.length ? `${name}{${inner.join(', ')}}` : name || '{}';
}

export const filledIn = (format, labels) =>
  format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');

function legend(format, labels, expr) {
  if (format && format !== '__auto') {
    return filledIn(format, labels);
  }
  return Object.keys(labels).length ? named(labels) : expr;
}

export function asSeries({ target, legendFormat, series, expr, step }) {
  return series.map((each) => {
    const name = legend(legendFormat, each.metric, expr);
    const points = samples(each);
    return {
      refId: target.refId,
      name,
      meta: { executedQueryString: `Expr: ${expr}\nStep: ${step / 1000}s` },
      fields: [
        {
          name: 'Time',
          type: FieldType.time,
          config: { interval: step },
          values: points.map(([at]) => at * 1000),
        },
        {
          name: 'Value',
          type: FieldType.number,
          labels: each.metric,
          config: { displayNameFromDS: name },
          values: points.map(([, value]) => number(value)),
        },
      ],
    };
  });
}

// One row per sample, one column per label; of several tables each has its letter at its values.
export function asTable({ target, series }, several) {
  if (!series.length) {
    return [];
  }
  const names = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const rows = series.flatMap((each) => samples(each).map((point) => [each.metric, point]));
  const text = (name) => ({
    name,
    type: FieldType.string,
    config: { filterable: true },
    values: rows.map(([metric]) => metric[name] ?? ''),
  });
  return [
    {
      refId: target.refId,
      meta: { preferredVisualisationType: 'table' },
      fields: [
        { name: 'Time', type: FieldType.time, config: {}, values: rows.map(([, [at]]) => at * 1000) },
        ...names.map(text),
        {
          name: several ? `Value #${target.refId}` : 'Value',
          type: FieldType.number,
          config: {},
          values: rows.map(([, [, value]]) => number(value)),
        },
      ],
    },
  ];
}
