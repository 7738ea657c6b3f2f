// Bundles src/ into static/build/ and copies what is served as it is from the npm packages.
// The output is committed and must be byte-stable: exact versions, no banners, no source maps, no dates.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const served = join(here, "..", "static");

// theme.js runs before the first paint and must block, so it is a classic script; the rest are modules.
const CLASSIC = ["theme"];
const MODULES = ["app", "clock", "draft", "playback", "presence", "studio"];
// What the workspace fetches only when it is wanted stands in bundles of its own, which share CodeMirror with it.
const SPLIT = ["workspace"];

const common = { bundle: true, minify: true, target: ["es2022"], legalComments: "none", logLevel: "warning" };

// The package calls what fills its table of keys free of side effects, and the bundler would leave the table empty.
const emacsKeys = {
  name: "emacs keys",
  setup({ onLoad }) {
    onLoad({ filter: /codemirror-emacs\/dist\/index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("/*@__PURE__*/EmacsHandler", "EmacsHandler"),
    }));
  },
};

async function bundle() {
  const outdir = join(served, "build");
  await fresh(outdir);
  const entries = (names) => names.map((name) => join(here, "src", `${name}.js`));
  await build({ ...common, entryPoints: entries(CLASSIC), format: "iife", outdir });
  const module = { ...common, format: "esm", outdir, metafile: true };
  const whole = await build({ ...module, entryPoints: entries(MODULES) });
  const split = await build({
    ...module,
    entryPoints: entries(SPLIT),
    splitting: true,
    chunkNames: "workspace-[name]",
    plugins: [emacsKeys],
  });
  await licences({ ...whole.metafile.inputs, ...split.metafile.inputs }, outdir);
}

// The bundles carry no comments, so the licences of what went into them are served beside them.
async function licences(inputs, outdir) {
  const names = new Set(Object.keys(inputs).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
  const texts = [...names].sort().map(async (name) => {
    const { version } = JSON.parse(await readFile(join(packages, name, "package.json"), "utf8"));
    return `${name} ${version}\n\n${await readFile(join(packages, name, "LICENSE"), "utf8")}`;
  });
  await writeFile(join(outdir, "LICENSES.txt"), (await Promise.all(texts)).join(`\n${"-".repeat(79)}\n\n`));
}

async function vendorHtmx() {
  const to = join(served, "vendor", "htmx");
  await fresh(to);
  const source = await readFile(join(packages, "htmx.org", "dist", "htmx.min.js"), "utf8");
  await writeFile(join(to, "htmx.min.js"), withoutSourceMap(source));
  await cp(join(packages, "htmx.org", "LICENSE"), join(to, "LICENSE"));
}

async function vendorKatex() {
  const to = join(served, "vendor", "katex");
  const dist = join(packages, "katex", "dist");
  await fresh(join(to, "fonts"));
  await cp(join(dist, "katex.min.js"), join(to, "katex.min.js"));
  await cp(join(packages, "katex", "LICENSE"), join(to, "LICENSE"));
  await writeFile(join(to, "katex.min.css"), woff2Only(await readFile(join(dist, "katex.min.css"), "utf8")));
  for (const font of (await readdir(join(dist, "fonts"))).filter((name) => name.endsWith(".woff2"))) {
    await cp(join(dist, "fonts", font), join(to, "fonts", font));
  }
}

async function vendorFont() {
  const from = join(packages, "@fontsource-variable", "source-sans-3");
  const to = join(served, "fonts");
  await fresh(to);
  for (const subset of ["latin", "latin-ext"]) {
    const name = `source-sans-3-${subset}-wght-normal.woff2`;
    await cp(join(from, "files", name), join(to, name));
  }
  await cp(join(from, "LICENSE"), join(to, "LICENSE-source-sans-3.txt"));
}

// A map that is not served makes collectstatic fail on its missing reference.
const withoutSourceMap = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");

// Every browser that this product supports reads WOFF2; the other formats would be dead weight and dead links.
const woff2Only = (css) => css.replace(/,url\([^)]+\.(?:woff|ttf)\) format\("[^"]+"\)/g, "");

async function fresh(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

await Promise.all([bundle(), vendorHtmx(), vendorFont(), vendorKatex()]);
