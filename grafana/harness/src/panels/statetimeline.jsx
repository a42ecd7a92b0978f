// The state timeline. Grafana keeps this panel in its app, so the strips are drawn here; axes, fonts,
// texts, colours and the legend are those of Grafana's components.
import React, { useMemo } from 'react';
import { colorManipulator } from '@grafana/data';
import { measureText, UPlotChart, UPlotConfigBuilder, useTheme2, VizLayout, VizLegend } from '@grafana/ui';
import { Marks } from './marks.jsx';
import { Empty, plugin } from './plugin.jsx';
import { legendOf, rowsOf } from './strips.js';

const CUSTOM = { lineWidth: 0, fillOpacity: 70, hideFrom: { tooltip: false, viz: false, legend: false } };
const FONT = 12;
const HORIZONTAL = 0;
const VERTICAL = 1;

function StateTimeline(props) {
  const { data, width, height, options, timeRange } = props;
  const theme = useTheme2();
  const rows = useMemo(
    () => rowsOf(data.series, timeRange, options.mergeValues !== false),
    [data.series, timeRange, options]
  );
  const config = useMemo(() => configOf(rows, props, theme), [rows, theme, data.series]);
  if (!rows.length) {
    return <Empty {...props} />;
  }
  const items = options.legend?.showLegend === false ? [] : legendOf(rows);
  const legend = items.length ? (
    <VizLayout.Legend placement={options.legend?.placement ?? 'bottom'}>
      <VizLegend placement="bottom" displayMode="list" items={items.map((it) => ({ ...it, yAxis: 1 }))} />
    </VizLayout.Legend>
  ) : null;
  return (
    <VizLayout width={width} height={height} legend={legend}>
      {(inner, tall) => (
        <UPlotChart
          config={config}
          data={[[timeRange.from.valueOf(), timeRange.to.valueOf()]]}
          width={inner}
          height={tall}
        >
          <Marks config={config} data={data} />
        </UPlotChart>
      )}
    </VizLayout>
  );
}

function configOf(rows, { timeRange, timeZone, options }, theme) {
  const config = new UPlotConfigBuilder(timeZone);
  const names = rows.map(({ name }) => name);
  const widest = Math.max(0, ...names.map((name) => measureText(name, FONT).width));
  config.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: HORIZONTAL,
    direction: 1,
    range: () => [timeRange.from.valueOf(), timeRange.to.valueOf()],
  });
  config.addScale({ scaleKey: 'y', orientation: VERTICAL, direction: -1, range: () => [0, rows.length] });
  config.addAxis({ scaleKey: 'x', isTime: true, placement: 'bottom', timeZone, theme, grid: { show: true } });
  config.addAxis({
    scaleKey: 'y',
    placement: 'left',
    theme,
    size: Math.ceil(widest) + 16,
    gap: 8,
    splits: () => rows.map((_, place) => place + 0.5),
    values: () => names,
    grid: { show: false },
    ticks: { show: false },
    filter: (plot, splits) => splits,
  });
  config.setCursor({ show: false });
  config.addHook('draw', (plot) => rows.forEach((row, place) => drawRow(plot, row, place, options, theme)));
  return config;
}

function drawRow(plot, { field, spans }, place, options, theme) {
  const { ctx, bbox } = plot;
  const pixel = window.devicePixelRatio;
  const { fillOpacity = 70, lineWidth = 0 } = field.config.custom ?? {};
  const [top, bottom] = [plot.valToPos(place, 'y', true), plot.valToPos(place + 1, 'y', true)].sort(
    (a, b) => a - b
  );
  const tall = (bottom - top) * (options.rowHeight ?? 0.9);
  const y = (top + bottom - tall) / 2;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${FONT * pixel}px ${theme.typography.fontFamily}`;
  for (const { from, to, shown } of spans) {
    const left = Math.max(plot.valToPos(from, 'x', true), bbox.left);
    const wide = plot.valToPos(to, 'x', true) - left;
    ctx.fillStyle = colorManipulator.alpha(shown.color ?? theme.colors.text.disabled, fillOpacity / 100);
    ctx.fillRect(left, y, wide, tall);
    if (lineWidth) {
      ctx.strokeStyle = shown.color;
      ctx.lineWidth = lineWidth * pixel;
      ctx.strokeRect(left, y, wide, tall);
    }
    label(ctx, shown, { left, wide, middle: y + tall / 2 }, options, theme);
  }
  ctx.restore();
}

function label(ctx, shown, { left, wide, middle }, options, theme) {
  const padding = 4 * window.devicePixelRatio;
  const fits = ctx.measureText(shown.text).width + 2 * padding <= wide;
  if (options.showValue === 'never' || (options.showValue !== 'always' && !fits)) {
    return;
  }
  const align = options.alignValue ?? 'left';
  ctx.textAlign = align;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = shown.color ? theme.colors.getContrastText(shown.color) : theme.colors.text.primary;
  const x = { left: left + padding, center: left + wide / 2, right: left + wide - padding }[align];
  ctx.fillText(shown.text, x, middle);
}

export const stateTimeline = plugin('state-timeline', StateTimeline, {
  custom: CUSTOM,
  color: 'continuous-GrYlRd',
  annotations: true,
});
