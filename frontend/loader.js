// Starts the islands of a page. The server's shell loads it with
//   <script type="module" src=… integrity=… data-wasm=… data-wasm-integrity=…>
// If anything fails here the page stays what the server sent: plain HTML whose forms and links work.

// esbuild puts wasm-bindgen's output here (finish.mjs), so that one integrity value covers both.
import * as bundle from "wasm-bindgen-output";

const page = document.documentElement;

function report(...what) {
  console.error("stepgate:", ...what);
  page.dataset.islandError = "true";
}

// The order and the calls are those of leptos 0.8.23 (src/hydration/island_script.js): parents before children,
// and an island that stands inside another's children is told so through `$$on_hydrate`, which hydrating the outer
// one has put on <leptos-children>. Props are read from `data-props` by the called function.
const enclosingChildren = [];

async function walk(element) {
  const tag = element.localName;
  if (tag === "leptos-island") await hydrateIsland(element);
  if (tag === "leptos-children") enclosingChildren.push(element.$$on_hydrate);
  for (const child of element.children) await walk(child);
  if (tag === "leptos-children") enclosingChildren.pop();
}

async function hydrateIsland(element) {
  const name = element.dataset.component;
  const hydrate = Object.hasOwn(bundle, name) && bundle[name];
  if (typeof hydrate !== "function") {
    // The name holds a hash of the island's source: page and bundle were built from different ones.
    report(`the bundle has no island ${name}`);
    return;
  }
  try {
    enclosingChildren.at(-1)?.();
    await hydrate(element);
  } catch (error) {
    report(`island ${name} failed`, error);
  }
}

async function start() {
  const { wasm, wasmIntegrity } = document.querySelector("script[data-wasm]").dataset;
  const response = await fetch(wasm, { integrity: wasmIntegrity, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${wasm} answered ${response.status}`);
  await bundle.default({ module_or_path: response });
  bundle.hydrate();
  await walk(document.body);
  if (!page.dataset.islandError) page.dataset.hydrated = "true";
}

start().catch((error) => report("the page stays without islands", error));
