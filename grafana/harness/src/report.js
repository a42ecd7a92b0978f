// What a test may ask: what each panel came to, what was asked of Prometheus, what is wrong.
import { sceneGraph, VizPanel } from '@grafana/scenes';
import { unsupported } from './dashboard.js';
import { log, traffic } from './prometheus.js';

const LAST = ['Done', 'Error'];
export const errors = [];

export function watchErrors() {
  const complain = console.error;
  console.error = (...words) => {
    errors.push(words.map(String).join(' ').slice(0, 400));
    complain(...words);
  };
  window.addEventListener('error', (event) => errors.push(String(event.message)));
  window.addEventListener('unhandledrejection', (event) =>
    errors.push(String(event.reason?.stack ?? event.reason).slice(0, 600))
  );
}

export function reportOf(scene) {
  const panels = () => sceneGraph.findAllObjects(scene, (it) => it instanceof VizPanel).map(panelReport);
  const layers = () => scene.state.$data.state.layers.map((it) => it.state);
  // Every graph has drawn what the layers have: it is told of them a moment after its own data.
  const marked = () => {
    const count = layers().reduce((sum, it) => sum + (it.isEnabled ? eventsOf(it) : 0), 0);
    return [...document.querySelectorAll('[data-marks]')].every(
      (graph) => Number(graph.dataset.marks) === count
    );
  };
  return {
    ready: () =>
      marked() &&
      traffic.pending === 0 &&
      panels().length > 0 &&
      panels().every((it) => it.state === undefined || LAST.includes(it.state)) &&
      layers().every((it) => !it.isEnabled || LAST.includes(it.data?.state)),
    read: () => ({
      panels: panels(),
      annotations: layers().map((it) => ({ name: it.name, state: it.data?.state, events: eventsOf(it) })),
      queries: log,
      unsupported,
      errors,
    }),
  };
}

const eventsOf = (layer) => layer.data?.series[0]?.length ?? 0;

function panelReport(panel) {
  const { key, title, pluginId: type, $data, _pluginLoadError: failed } = panel.state;
  const data = $data?.state.data;
  const box = document.querySelector(`[data-viz-panel-key="${key}"]`);
  return {
    id: Number(key.replace('panel-', '')),
    title,
    type,
    state: $data ? (data?.state ?? 'NotStarted') : undefined,
    series: data?.series?.length ?? 0,
    error: failed ?? data?.errors?.[0]?.message ?? null,
    empty: Boolean(box?.querySelector('.panel-empty')),
    text: box?.innerText ?? null,
  };
}
