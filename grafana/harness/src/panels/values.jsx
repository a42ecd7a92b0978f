// Single values, as tiles (stat) and as bars (bargauge): Grafana's own components for both.
import React from 'react';
import {
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  ReducerID,
  VizOrientation,
} from '@grafana/data';
import { BarGauge, BigValue, useTheme2, VizRepeater } from '@grafana/ui';
import { Empty, plugin } from './plugin.jsx';

const REDUCED = { calcs: [ReducerID.lastNotNull], fields: '', values: false };

function Repeated({ panel, orientation, more, draw }) {
  const theme = useTheme2();
  const { data, fieldConfig, options, replaceVariables, timeZone, width, height, renderCounter } = panel;
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: { ...REDUCED, ...options.reduceOptions },
      replaceVariables,
      theme,
      data: data.series,
      sparkline: (options.graphMode ?? 'area') !== 'none',
      timeZone,
    });
  return (
    <VizRepeater
      getValues={values}
      source={data}
      width={width}
      height={height}
      orientation={orientation}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderCounter={renderCounter}
      renderValue={(it) => draw(it, theme)}
      {...more}
    />
  );
}

function Stat(panel) {
  const { data, options, timeRange } = panel;
  if (!data.series.length) {
    return <Empty {...panel} />;
  }
  const draw = ({ value, width, height, count }, theme) => (
    <BigValue
      value={value.display}
      count={count}
      sparkline={value.sparkline && { ...value.sparkline, timeRange }}
      colorMode={options.colorMode ?? 'value'}
      graphMode={options.graphMode ?? 'area'}
      justifyMode={options.justifyMode ?? 'auto'}
      textMode={options.textMode ?? 'auto'}
      wideLayout={options.wideLayout ?? true}
      percentChangeColorMode="standard"
      text={options.text}
      width={width}
      height={height}
      theme={theme}
    />
  );
  const orientation =
    options.orientation && options.orientation !== 'auto' ? options.orientation : VizOrientation.Auto;
  return (
    <Repeated panel={panel} orientation={orientation} more={{ itemSpacing: 3, autoGrid: true }} draw={draw} />
  );
}

function Bars(panel) {
  const { data, options } = panel;
  if (!data.series.length) {
    return <Empty {...panel} />;
  }
  const orientation =
    options.orientation === 'vertical' ? VizOrientation.Vertical : VizOrientation.Horizontal;
  const draw = ({ value, width, height, alignmentFactors }, theme) => (
    <BarGauge
      value={value.display}
      field={value.field}
      display={value.view?.getFieldDisplayProcessor(value.colIndex)}
      displayMode={options.displayMode ?? 'gradient'}
      valueDisplayMode={options.valueMode ?? 'color'}
      namePlacement={options.namePlacement ?? 'auto'}
      showUnfilled={options.showUnfilled ?? true}
      alignmentFactors={alignmentFactors}
      orientation={orientation}
      itemSpacing={10}
      lcdCellWidth={12}
      text={options.text}
      width={width}
      height={height}
      theme={theme}
    />
  );
  return (
    <Repeated
      panel={panel}
      orientation={orientation}
      more={{ itemSpacing: 10, minVizHeight: options.minVizHeight ?? 16 }}
      draw={draw}
    />
  );
}

export const stat = plugin('stat', Stat);
export const bargauge = plugin('bargauge', Bars);
