// Dashboard JSON (classic, schema 42) as a scene. What is not understood is named in `unsupported`.
import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  EmbeddedScene,
  QueryVariable,
  SceneControlsSpacer,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  TextBoxVariable,
  VariableValueSelectors,
  VizPanel,
} from '@grafana/scenes';
import { layersOf } from './annotations.js';
import { LayerControls } from './controls.jsx';

export const unsupported = [];

export function sceneOf(dashboard, { from, to }) {
  const variables = (dashboard.templating?.list ?? []).map(variable).filter(Boolean);
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from, to, timeZone: 'utc' }),
    $variables: new SceneVariableSet({ variables }),
    $data: layersOf(dashboard),
    controls: [
      new VariableValueSelectors({}),
      new LayerControls({}),
      new SceneControlsSpacer(),
      new SceneTimePicker({}),
      new SceneRefreshPicker({ refresh: '' }),
    ],
    body: new SceneGridLayout({
      isDraggable: false,
      isResizable: false,
      isLazy: false,
      children: rowsOf(dashboard.panels),
    }),
  });
}

// Panels after a row belong to it until the next one; a collapsed row has its panels inside.
function rowsOf(panels) {
  const top = [];
  let inside = top;
  for (const panel of panels) {
    if (panel.repeat) {
      unsupported.push(`panel ${panel.id}: repeat`);
    }
    if (panel.type === 'row') {
      inside = (panel.panels ?? []).map(cell);
      top.push(
        new SceneGridRow({
          key: `row-${panel.id}`,
          title: panel.title,
          y: panel.gridPos.y,
          isCollapsible: true,
          isCollapsed: Boolean(panel.collapsed),
          children: inside,
        })
      );
    } else {
      inside.push(cell(panel));
    }
  }
  return top;
}

function cell(panel) {
  const { x, y, w: width, h: height } = panel.gridPos;
  return new SceneGridItem({
    key: `cell-${panel.id}`,
    x,
    y,
    width,
    height,
    body: vizPanel(panel),
    isDraggable: false,
    isResizable: false,
  });
}

function vizPanel(panel) {
  if (panel.libraryPanel) {
    unsupported.push(`panel ${panel.id}: library panel`);
  }
  return new VizPanel({
    key: `panel-${panel.id}`,
    title: panel.title,
    description: panel.description,
    pluginId: panel.type,
    pluginVersion: panel.pluginVersion,
    options: panel.options ?? {},
    fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    displayMode: panel.transparent ? 'transparent' : 'default',
    hoverHeader: !panel.title,
    $data: dataOf(panel),
  });
}

function dataOf(panel) {
  if (!panel.targets?.length) {
    return undefined;
  }
  const { targets: queries, datasource, maxDataPoints, interval: minInterval } = panel;
  const runner = new SceneQueryRunner({
    queries,
    datasource,
    maxDataPoints,
    minInterval,
    dataLayerFilter: { panelId: panel.id },
  });
  const transformations = panel.transformations ?? [];
  return transformations.length ? new SceneDataTransformer({ $data: runner, transformations }) : runner;
}

function variable(given) {
  const common = {
    name: given.name,
    label: given.label,
    description: given.description,
    hide: given.hide ?? 0,
  };
  const chosen =
    given.current?.value === undefined ? {} : { value: given.current.value, text: given.current.text };
  const several = {
    isMulti: Boolean(given.multi),
    includeAll: Boolean(given.includeAll),
    allValue: given.allValue || undefined,
    defaultToAll: Boolean(given.includeAll) && chosen.value === undefined,
  };
  switch (given.type) {
    case 'datasource':
      return new DataSourceVariable({ ...common, pluginId: given.query, regex: given.regex });
    case 'query':
      return new QueryVariable({
        ...common,
        ...chosen,
        ...several,
        datasource: given.datasource,
        query: given.query,
        regex: given.regex ?? '',
        refresh: given.refresh ?? 1,
        sort: given.sort ?? 0,
      });
    case 'custom':
      return new CustomVariable({ ...common, ...chosen, ...several, query: given.query });
    case 'constant':
      return new ConstantVariable({ ...common, value: given.query, skipUrlSync: true });
    case 'textbox':
      return new TextBoxVariable({ ...common, value: given.current?.value ?? given.query });
    default:
      unsupported.push(`variable ${given.name}: type ${given.type}`);
      return undefined;
  }
}
