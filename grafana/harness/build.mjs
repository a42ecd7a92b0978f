// Bundles the harness: node build.mjs OUTPUT_FOLDER, with the modules in ./node_modules.
import { build } from 'esbuild';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? here('./dist');
const WEIGHTS = { Light: 300, Regular: 400, Medium: 500, SemiBold: 600, Bold: 700 };
// The one icon that the time picker asks for and the package has not.
const DOUBLE_LEFT = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path d="M11 6l-6 6 6 6M18 6l-6 6 6 6" fill="none" stroke="currentColor" stroke-width="2"/></svg>`;

mkdirSync(`${out}/public/fonts/inter`, { recursive: true });
await build({
  entryPoints: [here('./src/main.jsx')],
  outdir: out,
  entryNames: 'bundle',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  jsx: 'automatic',
  // What Grafana's packages say of `conditions` leads to files that are not there: none is set.
  mainFields: ['module', 'browser', 'main'],
  alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.png': 'dataurl', '.svg': 'dataurl', '.ttf': 'dataurl', '.woff2': 'dataurl' },
  external: ['mem', 'net', 'fs', 'path', 'eslint', '@typescript-eslint/utils'],
  logLevel: 'warning',
});
// The components ask for icons below public/build, and for the font below public/fonts.
const images = here('./node_modules/@grafana/ui/dist/public/img');
cpSync(images, `${out}/public/build/img`, { recursive: true });
cpSync(images, `${out}/public/img`, { recursive: true });
writeFileSync(`${out}/public/build/img/icons/unicons/angle-double-left.svg`, DOUBLE_LEFT);
for (const [name, weight] of Object.entries(WEIGHTS)) {
  const font = here(`./node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
  cpSync(font, `${out}/public/fonts/inter/Inter-${name}.woff2`);
}
cpSync(here('./index.html'), `${out}/index.html`);
