// Reads {title: {transformations, frames}} and writes {title: [row, ...]}, made by Grafana's own transformations.
const grafana = require("@grafana/data");
const { lastValueFrom } = require("rxjs");

// Only asked whether the dashboard is drawn by "scenes", as every Grafana since 11 does.
globalThis.window = { __grafanaSceneContext: {} };

const known = new Map(Object.values(grafana.standardTransformers).map((one) => [one.id, one]));
grafana.standardTransformersRegistry.setInit(() =>
  [...known.values()].map((one) => ({
    id: one.id,
    name: one.name,
    transformation: () => Promise.resolve(one),
    editor: () => null,
  })),
);

function rows(frame) {
  return Array.from({ length: frame.length }, (_, row) =>
    Object.fromEntries(frame.fields.map((field) => [field.config.displayName ?? field.name, field.values[row] ?? null])),
  );
}

async function main() {
  const panels = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const shown = {};
  for (const [title, { transformations, frames }] of Object.entries(panels)) {
    const unknown = transformations.filter((one) => !known.has(one.id));
    if (unknown.length > 0) {
      throw new Error(`${title}: Grafana has no transformation ${unknown[0].id}`);
    }
    const context = { interpolate: (text) => text };
    const result = await lastValueFrom(grafana.transformDataFrame(transformations, frames, context));
    shown[title] = result.flatMap(rows);
  }
  process.stdout.write(JSON.stringify(shown));
}

main();
