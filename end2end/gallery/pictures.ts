import { fileURLToPath } from "node:url";

/** Where pictures go. */
export const FOLDER = fileURLToPath(new URL("../results/screenshots", import.meta.url));

/** What a picture shows. */
export interface Picture {
  part: string;
  state: string;
  width: number;
  scheme: "light" | "dark";
  scripts: boolean;
}

const SEPARATOR = " · ";

/** `wizard · 3 pair · 360 · dark · no-javascript.png` */
export function pictureName({ part, state, width, scheme, scripts }: Picture): string {
  return `${[part, state, width, scheme, ...(scripts ? [] : ["no-javascript"])].join(SEPARATOR)}.png`;
}

export function readPictureName(name: string): Picture {
  const [part = "", state = "", width = "", scheme, scripts] = name.replace(/\.png$/, "").split(SEPARATOR);
  return { part, state, width: Number(width), scheme: scheme === "dark" ? "dark" : "light", scripts: scripts === undefined };
}
