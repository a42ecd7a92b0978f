// Draws the dashboard that the address names, with the data, the time and the theme that it names.
import React, { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { config, locationService, LocationServiceProvider } from '@grafana/runtime';
import { GlobalStyles, LinkButton, PortalContainer } from '@grafana/ui';
import { Router } from 'react-router-dom';
import { boot } from './boot.js';
import { sceneOf } from './dashboard.js';
import { plugins } from './panels/index.js';
import { Prometheus } from './prometheus.js';
import { errors, reportOf, watchErrors } from './report.js';

const asked = new URLSearchParams(window.location.search);

function sourceOf(timeInterval) {
  const info = { logos: { small: '', large: '' } };
  const meta = { id: 'prometheus', name: 'Prometheus', type: 'datasource', info, module: '', baseUrl: '' };
  const settings = {
    uid: 'prometheus',
    name: 'Prometheus',
    type: 'prometheus',
    id: 1,
    access: 'proxy',
    readOnly: true,
    isDefault: true,
  };
  return new Prometheus({ ...settings, jsonData: { timeInterval }, meta }, `prometheus/${asked.get('data')}`);
}

function App({ dashboard, scene }) {
  const history = locationService.getHistory();
  const [location, setLocation] = useState(history.location);
  useEffect(() => history.listen((it) => setLocation(it.location ?? it)), []);
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <Router navigator={history} location={location}>
          <div style={{ padding: 16 }}>
            <div style={{ display: 'flex', gap: 8, alignItems: 'center', marginBottom: 16 }}>
              <h3 style={{ margin: 0, flexGrow: 1 }}>{dashboard.title}</h3>
              {(dashboard.links ?? []).map(({ title, asDropdown, type }) => (
                <LinkButton
                  key={title}
                  size="sm"
                  variant="secondary"
                  fill="outline"
                  icon={asDropdown ? 'bars' : type === 'link' ? 'external-link-alt' : 'apps'}
                >
                  {title}
                </LinkButton>
              ))}
            </div>
            <scene.Component model={scene} />
          </div>
          <PortalContainer />
        </Router>
      </LocationServiceProvider>
    </ThemeContext.Provider>
  );
}

async function main() {
  watchErrors();
  await initPluginTranslations('grafana-scenes').catch(() => {});
  const dashboard = await (await fetch(`dashboards/${asked.get('dashboard')}.json`)).json();
  boot({ source: sourceOf(asked.get('interval') ?? '15s'), plugins, mode: asked.get('theme') ?? 'dark' });
  const scene = sceneOf(dashboard, { from: asked.get('from'), to: asked.get('to') });
  window.harness = reportOf(scene);
  createRoot(document.getElementById('root')).render(<App dashboard={dashboard} scene={scene} />);
}

main().catch((error) => {
  errors.push(String(error.stack ?? error));
  document.body.textContent = String(error.stack ?? error);
});
