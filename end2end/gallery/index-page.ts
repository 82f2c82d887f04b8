import { existsSync, readdirSync, writeFileSync } from "node:fs";

import { FOLDER, type Picture, pictureName, readPictureName } from "./pictures.ts";

/** Writes `index.html`: every state in a row, each of its pictures beside the others. */
export default function writeIndexPage(): void {
  if (!existsSync(FOLDER)) return;
  const pictures = readdirSync(FOLDER).filter((name) => name.endsWith(".png")).map(readPictureName);
  const title = ({ part, state }: Picture) => `${part}: ${state}`;
  const titles = [...new Set(pictures.map(title))].sort();
  const rows = titles.map((of) => {
    const shown = pictures.filter((picture) => title(picture) === of).sort(byLook);
    return `<h2>${of}</h2>\n<div>${shown.map(figure).join("\n")}</div>`;
  });
  writeFileSync(`${FOLDER}/index.html`, `${HEAD}\n${rows.join("\n")}\n`);
  console.log(`\n${pictures.length} pictures: ${FOLDER}/index.html`);
}

function byLook(a: Picture, b: Picture): number {
  return Number(b.scripts) - Number(a.scripts) || b.scheme.localeCompare(a.scheme) || a.width - b.width;
}

function figure(picture: Picture): string {
  const { width, scheme, scripts } = picture;
  const file = encodeURIComponent(pictureName(picture));
  const caption = `${width} px, ${scheme}${scripts ? "" : ", no JavaScript"}`;
  return `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy" height="360"></a><figcaption>${caption}</figcaption></figure>`;
}

const HEAD = `<!DOCTYPE html>
<meta charset="utf-8">
<title>Stepgate, page by page</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 24px; background: #888; }
  div { display: flex; gap: 16px; overflow-x: auto; padding-bottom: 16px; }
  figure { margin: 0; }
  img { display: block; background: #fff; }
</style>
<h1>Stepgate, page by page</h1>`;
