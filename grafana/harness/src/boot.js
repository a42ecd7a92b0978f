// What Grafana's app does before it shows a dashboard, as far as its panels ask for it.
import {
  createTheme,
  EventBusSrv,
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  LoadingState,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  ThresholdsMode,
  thresholdsOverrideProcessor,
  toDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import {
  config,
  setAppEvents,
  setBackendSrv,
  setCurrentUser,
  setDataSourceSrv,
  setEchoSrv,
  setLocationSrv,
  setPluginImportUtils,
  setRunRequest,
  setTemplateSrv,
} from '@grafana/runtime';
import { catchError, from, map, of, startWith } from 'rxjs';

const VERSION = '13.2.2';
const EDITORS = [
  'text',
  'number',
  'boolean',
  'select',
  'radio',
  'slider',
  'color',
  'unit',
  'stats-picker',
  'strings',
  'timezone',
  'field-name',
  'multi-select',
  'fieldColor',
  'links',
  'mappings',
  'thresholds',
  'stacking',
  'custom-thresholds',
  'actions',
];
const editor = () => null;

export function boot({ source, plugins, mode }) {
  config.theme2 = createTheme({ colors: { mode } });
  config.theme = config.theme2.v1;
  config.featureToggles = {};
  config.buildInfo = { version: VERSION, commit: 'harness', env: 'production' };
  config.bootData = {
    user: { locale: 'en-US', timezone: 'utc', orgRole: 'Viewer' },
    settings: config,
    navTree: [],
  };
  config.datasources = { [source.name]: source.instanceSettings };
  config.panels = Object.fromEntries(Object.entries(plugins).map(([id, plugin]) => [id, plugin.meta]));
  fillRegistries();
  setServices(source, plugins);
}

// Without the defaults that Grafana registers, everything would be grey.
function fillRegistries() {
  const item = (id, process, more = {}) => ({
    id,
    path: id,
    name: id,
    editor,
    override: editor,
    process,
    settings: {},
    shouldApply: () => true,
    category: [],
    ...more,
  });
  const thresholds = {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: -Infinity, color: 'green' },
      { value: 80, color: 'red' },
    ],
  };
  standardEditorsRegistry.setInit(() => EDITORS.map((id) => ({ id, name: id, editor })));
  standardFieldConfigEditorRegistry.setInit(() => [
    item('displayName', displayNameOverrideProcessor),
    item('unit', unitOverrideProcessor),
    item('min', numberOverrideProcessor),
    item('max', numberOverrideProcessor),
    item('fieldMinMax', booleanOverrideProcessor),
    item('decimals', numberOverrideProcessor),
    item('noValue', stringOverrideProcessor),
    item('color', identityOverrideProcessor),
    item('thresholds', thresholdsOverrideProcessor, { defaultValue: thresholds }),
    item('mappings', valueMappingsOverrideProcessor, { defaultValue: [] }),
    item('links', dataLinksOverrideProcessor),
    item('filterable', booleanOverrideProcessor, { hideFromDefaults: true }),
  ]);
  // The list has some of them twice; and what is registered is a promise of one.
  const known = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
  standardTransformersRegistry.setInit(() =>
    [...known.values()].map((each) => ({
      id: each.id,
      name: each.name,
      transformation: async () => each,
      editor,
    }))
  );
}

function setServices(source, plugins) {
  setPluginImportUtils({
    importPanelPlugin: async (id) => {
      if (!plugins[id]) {
        throw new Error(`no renderer for panels of type ${id}`);
      }
      return plugins[id];
    },
    getPanelPluginFromCache: (id) => plugins[id],
  });
  setDataSourceSrv({
    get: async () => source,
    getInstanceSettings: () => source.instanceSettings,
    getList: (filter) =>
      [source.instanceSettings].filter((it) => !filter?.pluginId || it.type === filter.pluginId),
    reload: () => {},
  });
  setRunRequest(run);
  setTemplateSrv({
    replace: (text) => text,
    getVariables: () => [],
    containsTemplate: () => false,
    updateTimeRange() {},
  });
  setAppEvents(new EventBusSrv());
  const nothing = async () => ({});
  setBackendSrv({ fetch: () => of({ data: {} }), get: nothing, post: nothing, datasourceRequest: nothing });
  setLocationSrv({ update() {} });
  setEchoSrv({ addEvent() {}, addBackend() {}, flush() {} });
  setCurrentUser?.(config.bootData.user);
}

function run(source, request) {
  const answer = (state, series, errors) => ({ state, series, errors, timeRange: request.range, request });
  return from(source.query(request)).pipe(
    map(({ data, errors }) =>
      answer(
        errors.length ? LoadingState.Error : LoadingState.Done,
        data.map(toDataFrame),
        errors.length ? errors : undefined
      )
    ),
    catchError((error) => of(answer(LoadingState.Error, [], [{ message: String(error.message ?? error) }]))),
    startWith(answer(LoadingState.Loading, []))
  );
}
