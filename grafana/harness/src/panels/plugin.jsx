// A panel type as Grafana's app would load it: a component, its options and the defaults of its fields.
import React from 'react';
import { FieldConfigProperty, FieldType, PanelPlugin } from '@grafana/data';

const nothing = () => null;

export function plugin(id, Component, { custom, color = 'thresholds', annotations = false } = {}) {
  const made = new PanelPlugin(Component);
  const info = { version: '13.2.2', links: [], logos: {}, author: {}, screenshots: [] };
  made.meta = { id, name: id, type: 'panel', info, module: '', baseUrl: '', sort: 1 };
  made.setDataSupport({ annotations, alertStates: annotations });
  made.useFieldConfig({
    standardOptions: { [FieldConfigProperty.Color]: { defaultValue: { mode: color } } },
    useCustomConfig: (builder) =>
      Object.entries(custom ?? {}).forEach((entry) => builder.addCustomEditor(option(...entry))),
  });
  return made;
}

const option = (path, defaultValue) => ({
  id: path,
  path,
  name: path,
  defaultValue,
  editor: nothing,
  override: nothing,
  process: (value) => value,
  shouldApply: (field) => field.type !== FieldType.time,
});

// What Grafana's panels show in place of nothing: the panel's own words for it, or its own.
export function Empty({ data, fieldConfig }) {
  const style = {
    display: 'flex',
    height: '100%',
    alignItems: 'center',
    justifyContent: 'center',
    opacity: 0.7,
  };
  const text = data.errors?.length ? data.errors[0].message : (fieldConfig?.defaults.noValue ?? 'No data');
  return (
    <div className="panel-empty" style={style}>
      {text}
    </div>
  );
}
