// Every type of panel that can be drawn. Another one is an error of the panel: "no renderer".
import { stateTimeline } from './statetimeline.jsx';
import { table } from './table.jsx';
import { text } from './text.jsx';
import { timeseries } from './timeseries.jsx';
import { bargauge, stat } from './values.jsx';

export const plugins = Object.fromEntries(
  [bargauge, stat, stateTimeline, table, text, timeseries].map((it) => [it.meta.id, it])
);
