// The table: Grafana's own component, and its defaults.
import React from 'react';
import { cacheFieldDisplayNames } from '@grafana/data';
import { TableNG } from '@grafana/ui/unstable';
import { Empty, plugin } from './plugin.jsx';

const CUSTOM = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  inspect: false,
  filterable: undefined,
  width: undefined,
  minWidth: undefined,
  hidden: undefined,
  footer: undefined,
  wrapText: false,
};

function Table(props) {
  const { data, width, height, options, fieldConfig } = props;
  cacheFieldDisplayNames(data.series);
  const frame = data.series[0];
  if (!frame?.length) {
    return <Empty {...props} />;
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={options.showHeader === false}
      showTypeIcons={false}
      fieldConfig={fieldConfig}
      initialSortBy={options.sortBy}
      cellHeight={options.cellHeight ?? 'sm'}
      enablePagination={false}
      sortByBehavior="initial"
      disableSanitizeHtml={false}
      getActions={() => []}
    />
  );
}

export const table = plugin('table', Table, { custom: CUSTOM });
