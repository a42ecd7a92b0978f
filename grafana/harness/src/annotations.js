// Annotations of a dashboard: asked by Grafana's own data layer, and made into events here.
import { FieldType } from '@grafana/data';
import { dataLayers, SceneDataLayerSet } from '@grafana/scenes';
import { of } from 'rxjs';
import { filledIn } from './frames.js';

export function layersOf(dashboard) {
  const layers = (dashboard.annotations?.list ?? [])
    .filter((each) => !each.builtIn)
    .map(
      (query, number) =>
        new dataLayers.AnnotationsDataLayer({
          key: `annotations-${number}`,
          name: query.name,
          query,
          isEnabled: query.enable !== false,
          isHidden: Boolean(query.hide),
        })
    );
  return new SceneDataLayerSet({ layers });
}

// Samples above zero that follow each other are one event with an end; or each value is a moment of its own.
export function events(annotation, frames) {
  return of(frames.flatMap((frame) => eventsOf(annotation, frame)));
}

function eventsOf(annotation, frame) {
  const time = frame.fields.find((field) => field.type === FieldType.time);
  const value = frame.fields.find((field) => field.type === FieldType.number);
  const labels = value.labels ?? {};
  const event = (from, to) => ({
    time: from,
    timeEnd: to,
    isRegion: to > from,
    annotation,
    title: filledIn(annotation.titleFormat ?? '', labels),
    text: filledIn(annotation.textFormat ?? '', labels),
    tags: [],
  });
  if (annotation.useValueForTime) {
    return [...new Set(value.values.map(Math.floor))].map((at) => event(at, at));
  }
  const spans = [];
  const step = time.config.interval;
  time.values.forEach((at, place) => {
    if (!(value.values[place] > 0)) {
      return;
    }
    const last = spans[spans.length - 1];
    if (last && at - last[1] <= step) {
      last[1] = at;
    } else {
      spans.push([at, at]);
    }
  });
  return spans.map(([from, to]) => event(from, to));
}
