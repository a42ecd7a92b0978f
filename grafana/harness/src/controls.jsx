// A switch for each kind of annotation, named as Grafana names them.
import React from 'react';
import { ControlsLabel, sceneGraph, SceneObjectBase } from '@grafana/scenes';

export class LayerControls extends SceneObjectBase {
  static Component = ({ model }) => {
    const { layers } = sceneGraph.getDataLayers(model)[0]?.state ?? { layers: [] };
    return layers.map((layer) => (
      <div key={layer.state.key} style={{ display: 'flex' }}>
        <ControlsLabel htmlFor={`data-layer-${layer.state.key}`} label={layer.state.name} />
        <layer.Component model={layer} />
      </div>
    ));
  };
}
