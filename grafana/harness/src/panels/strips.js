// What a state timeline shows: spans of one state per row, and its legend. Nothing here draws.
import { FieldType } from '@grafana/data';

// A span ends where the next one begins, at a hole in the data, or at the end of the time shown.
export function rowsOf(frames, timeRange, merge) {
  const end = timeRange.to.valueOf();
  return frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    const fields = frame.fields.filter(
      (field) => field.type !== FieldType.time && !field.config.custom?.hideFrom?.viz
    );
    return time
      ? fields.map((field) => ({
          field,
          name: nameOf(field, frame),
          spans: spansOf(time, field, end, merge),
        }))
      : [];
  });
}

const nameOf = (field, frame) =>
  field.state?.displayName ?? field.config.displayName ?? field.config.displayNameFromDS ?? frame.name;

function spansOf(time, field, end, merge) {
  const step = time.config.interval ?? Infinity;
  const spans = [];
  time.values.forEach((from, place) => {
    const value = field.values[place];
    if (value === null || value === undefined) {
      return;
    }
    const next = time.values[place + 1] ?? end;
    const to = next - from > step ? from + step : next;
    const last = spans[spans.length - 1];
    if (merge && last && last.to === from && last.value === value) {
      last.to = to;
    } else {
      spans.push({ from, to, value, shown: field.display(value) });
    }
  });
  return spans;
}

// Grafana lists the states in words only where the colour is not by threshold and not a gradient.
export function legendOf(rows) {
  const mode = rows[0]?.field.config.color?.mode ?? 'fixed';
  if (mode.startsWith('continuous')) {
    return [];
  }
  const steps = rows[0]?.field.config.thresholds?.steps ?? [];
  if (mode === 'thresholds' && steps.length > 1) {
    return steps.map(({ color, value }, place) => ({
      label: place === 0 ? `< ${steps[1].value}` : `${value}+`,
      color,
    }));
  }
  const colors = new Map();
  for (const { field, spans } of rows) {
    if (!field.config.custom?.hideFrom?.legend) {
      spans.forEach(({ shown }) => shown.color && colors.set(shown.text, shown.color));
    }
  }
  return [...colors].map(([label, color]) => ({ label, color }));
}
