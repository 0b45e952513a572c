// Builds dist/: one stylesheet, one script, one icon sprite, each with a hash of its content in the name, and
// manifest.json, which tells the server the names. Old files are removed, so the binary embeds nothing stale.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const manifest = {};

function keep(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const [stem, extension] = name.split(".");
  const file = `${stem}-${hash}.${extension}`;
  writeFileSync(join(dist, file), content);
  manifest[name] = file;
}

/** One <symbol> per file of icons/, so that a page shows an icon with <use> and needs no request of its own for it. */
function sprite() {
  const symbols = readdirSync(join(here, "icons"))
    .filter((file) => file.endsWith(".svg"))
    .sort()
    .map((file) => {
      const inner = readFileSync(join(here, "icons", file), "utf8")
        .replace(/<!--[\s\S]*?-->/g, "")
        .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
        .replace(/<\/svg>\s*$/, "")
        .replace(/\s*\n\s*/g, "");
      return `<symbol id="${file.replace(".svg", "")}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
    });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

mkdirSync(dist, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.ts", "src/app.css"],
  bundle: true,
  minify: true,
  target: ["es2019"],
  outdir: dist,
  write: false,
  legalComments: "none",
  logLevel: "warning",
});
for (const output of result.outputFiles) keep(output.path.split(/[\\/]/).pop(), output.contents);
keep("icons.svg", Buffer.from(sprite()));
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
// Only now the old files: a server that is running meanwhile never finds the folder empty.
const current = new Set([...Object.values(manifest), "manifest.json"]);
for (const file of readdirSync(dist)) if (!current.has(file)) rmSync(join(dist, file));
console.error(Object.values(manifest).join("  "));
