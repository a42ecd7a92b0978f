// The graph: Grafana's own component for it, and its defaults.
import React from 'react';
import { FieldType, applyNullInsertThreshold } from '@grafana/data';
import { TimeSeries } from '@grafana/ui';
import { Marks } from './marks.jsx';
import { Empty, plugin } from './plugin.jsx';

const CUSTOM = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  lineStyle: undefined,
  fillOpacity: 0,
  fillBelowTo: undefined,
  gradientMode: 'none',
  spanNulls: false,
  insertNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  barAlignment: 0,
  barWidthFactor: 0.6,
  stacking: { mode: 'none', group: 'A' },
  transform: undefined,
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  axisCenteredZero: false,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisGridShow: undefined,
  axisWidth: undefined,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { tooltip: false, viz: false, legend: false },
};
const LEGEND = { displayMode: 'list', placement: 'bottom', calcs: [], showLegend: true };

// Infinity is a gap in the graph.
const finite = (field) =>
  field.type === FieldType.number
    ? { ...field, values: field.values.map((it) => (Number.isFinite(it) ? it : null)) }
    : { ...field };

// As Grafana's own panel does before it draws: where samples are missing there is a gap.
const withGaps = (frame, { from, to }) =>
  applyNullInsertThreshold({
    frame: { ...frame, fields: frame.fields.map(finite) },
    refFieldPseudoMin: from.valueOf(),
    refFieldPseudoMax: to.valueOf(),
  });

function Graph(props) {
  const { data, timeRange, width, height, options, timeZone, replaceVariables } = props;
  const frames = data.series.filter(
    (frame) => frame.length && frame.fields.some((it) => it.type === FieldType.number)
  );
  if (!frames.length) {
    return <Empty {...props} />;
  }
  return (
    <TimeSeries
      frames={frames.map((frame) => withGaps(frame, timeRange))}
      structureRev={data.structureRev}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={{ ...LEGEND, ...options.legend }}
      options={options}
      replaceVariables={replaceVariables}
    >
      {(config) => <Marks config={config} data={data} />}
    </TimeSeries>
  );
}

export const timeseries = plugin('timeseries', Graph, {
  custom: CUSTOM,
  color: 'palette-classic',
  annotations: true,
});
