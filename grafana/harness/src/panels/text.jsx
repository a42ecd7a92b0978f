// Markdown on a panel.
import React from 'react';
import { renderMarkdown } from '@grafana/data';
import { plugin } from './plugin.jsx';

function Text({ options, replaceVariables }) {
  const html = renderMarkdown(replaceVariables(options.content ?? ''));
  return (
    <div
      className="markdown-html"
      style={{ overflow: 'auto', height: '100%' }}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}

export const text = plugin('text', Text);
