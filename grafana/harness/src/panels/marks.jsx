// Annotations on a graph, as Grafana shows them: dashed lines, light regions, marks below the time axis.
import React, { useLayoutEffect, useRef } from 'react';
import { useTheme2 } from '@grafana/ui';

const DASH = [5, 5];
const REGION = 0.1;

export function Marks({ config, data }) {
  const theme = useTheme2();
  const plot = useRef();
  const drawn = useRef();
  drawn.current = eventsOf(data.annotations ?? [], theme);
  // Runs before uPlot is made: a child's effect comes before its parent's.
  useLayoutEffect(() => {
    config.addHook('init', (made) => {
      plot.current = made;
    });
    config.addHook('draw', (made) => {
      drawn.current.forEach((event) => draw(made, event));
      made.root.dataset.marks = drawn.current.length;
    });
  }, [config]);
  useLayoutEffect(() => plot.current?.redraw(), [data.annotations]);
  return null;
}

function eventsOf(frames, theme) {
  return frames.flatMap((frame) => {
    const column = (name) => frame.fields.find((field) => field.name === name)?.values ?? [];
    const [ends, colors] = [column('timeEnd'), column('color')];
    return column('time').map((from, row) => ({
      from,
      to: ends[row] ?? from,
      color: theme.visualization.getColorByName(colors[row] ?? 'red'),
    }));
  });
}

function draw(plot, { from, to, color }) {
  const { ctx, bbox } = plot;
  const [low, high] = [plot.scales.x.min, plot.scales.x.max];
  if (to < low || from > high) {
    return;
  }
  const pixel = window.devicePixelRatio;
  const place = (at) => plot.valToPos(Math.min(Math.max(at, low), high), 'x', true);
  const [left, right] = [place(from), place(to)];
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.lineWidth = pixel;
  ctx.setLineDash(DASH.map((length) => length * pixel));
  ctx.beginPath();
  for (const x of from < to ? [left, right] : [left]) {
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  const foot = bbox.top + bbox.height + pixel;
  if (from < to) {
    ctx.fillRect(left, foot, Math.max(right - left, pixel), 5 * pixel);
    ctx.globalAlpha = REGION;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  } else {
    triangle(ctx, left, foot, 5 * pixel);
  }
  ctx.restore();
}

function triangle(ctx, x, y, size) {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + size, y + size);
  ctx.lineTo(x - size, y + size);
  ctx.fill();
}
