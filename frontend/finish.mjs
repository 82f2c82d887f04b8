// Trunk's post-build hook: turns what Trunk has staged into what the server embeds and serves.
//
//   assets/stepgate-HASH.js   loader.js and wasm-bindgen's output as one module
//   assets/stepgate-HASH.wasm, .css · assets/page-HASH.js · assets/icons-HASH.svg · assets/favicon-HASH.svg
//   … each with a .br and a .gz beside it
//   manifest.json             their paths and integrity values, and the names of the islands in the bundle
//
// The same input gives the same bytes. HASH is of the file's own content, so that a name never changes its meaning
// and browsers may keep it for ever.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const { TRUNK_STAGING_DIR: staging, TRUNK_SOURCE_DIR: source } = process.env;
if (!staging || !source) throw new Error("finish.mjs is run by Trunk, which says where to work");
const staged = (name) => join(staging, name);

/** Bundles one module with what it imports. */
async function bundle(entry, options = {}) {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: source,
    bundle: true,
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    minify: true,
    target: "es2022",
    write: false,
    ...options,
  });
  const [module] = Object.values(result.metafile.outputs);
  return { contents: Buffer.from(result.outputFiles[0].contents), exports: module.exports };
}

const bindings = staged("frontend.js");

/** The island functions of the bundle. leptos_macro 0.8 names them for the component and a hash: `SignIn_8310…`. */
async function islands() {
  const { exports } = await bundle(bindings);
  for (const name of ["default", "hydrate"]) {
    if (!exports.includes(name)) throw new Error(`wasm-bindgen's output exports no "${name}"`);
  }
  const names = exports.filter((name) => /^[A-Z]\w*_\d+$/.test(name)).sort();
  if (names.length === 0) throw new Error("the bundle holds no island: does frontend/src/lib.rs `use app::*`?");
  return names;
}

const islandNames = await islands();
const script = await bundle("loader.js", { alias: { "wasm-bindgen-output": bindings } });
const page = await bundle("page.js");
const style = await transform(await readFile(staged("main.css"), "utf8"), { loader: "css", minify: true });

const assets = {
  script: ["stepgate", "js", script.contents],
  wasm: ["stepgate", "wasm", await readFile(staged("frontend_bg.wasm"))],
  style: ["stepgate", "css", Buffer.from(style.code)],
  page: ["page", "js", page.contents],
  icons: ["icons", "svg", await readFile(staged("icons.svg"))],
  favicon: ["favicon", "svg", await readFile(staged("favicon.svg"))],
};

// Everything is read: clear the place, index.html and wasm-bindgen's leftovers included.
for (const name of await readdir(staging)) await rm(staged(name), { recursive: true });
await mkdir(staged("assets"));

const brotli = (contents) =>
  brotliCompressSync(contents, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: contents.length,
    },
  });

const manifest = {};
const sizes = {};
for (const [key, [stem, extension, contents]] of Object.entries(assets)) {
  if (contents.length === 0) throw new Error(`${key} is empty`);
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const path = `assets/${stem}-${hash}.${extension}`;
  const br = brotli(contents);
  const gz = gzipSync(contents, { level: constants.Z_BEST_COMPRESSION });
  await writeFile(staged(path), contents);
  await writeFile(staged(`${path}.br`), br);
  await writeFile(staged(`${path}.gz`), gz);
  manifest[key] = { path: `/${path}`, integrity: `sha384-${createHash("sha384").update(contents).digest("base64")}` };
  sizes[`${stem}.${extension}`] = { bytes: contents.length, brotli: br.length, gzip: gz.length };
}
manifest.islands = islandNames;
await writeFile(staged("manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

console.table(sizes);
